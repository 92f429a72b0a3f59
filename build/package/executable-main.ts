/** What the single executable runs first: everything else are its assets, loaded when they are needed. */
import { getRawAsset } from "node:sea";
import { dirname } from "node:path";
import { loader } from "./module-loader.ts";
import { partOf, type PartIndex } from "./part-store.ts";

/** Set by the build. */
declare const PARTS: PartIndex;
/** The one that Node gives a single executable; it knows Node's own modules only. */
declare const require: (name: string) => unknown;

const content = getRawAsset("parts");
const part = (name: string): Buffer | undefined =>
  typeof content === "string" ? undefined : partOf(content, PARTS, name);

const load = loader({
  source: (name) => {
    const source = part(name);
    if (source === undefined) throw new Error(`the executable has no part ${name}`);
    return source.toString("latin1");
  },
  codeCache: (name) => part(`${name}.cache`),
  builtin: require,
  folder: dirname(process.execPath),
});

load("./main.cjs");
