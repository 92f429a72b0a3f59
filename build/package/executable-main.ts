/** What the single executable runs first: everything else are its assets, loaded when they are needed. */
import { getAsset, getRawAsset } from "node:sea";
import { dirname } from "node:path";
import { loader } from "./module-loader.ts";

/** Set by the build: code for this processor is among the assets. */
declare const WITH_CODE_CACHE: boolean;
/** The one that Node gives a single executable; it knows Node's own modules only. */
declare const require: (name: string) => unknown;

const load = loader({
  source: (name) => getAsset(name, "latin1"),
  ...(WITH_CODE_CACHE && { codeCache: (name) => Buffer.from(getRawAsset(`${name}.cache`)) }),
  builtin: require,
  folder: dirname(process.execPath),
});

load("./main.cjs");
