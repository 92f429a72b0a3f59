import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { expect, it } from "vitest";
import crds from "../../src/api/crds/crds.json" with { type: "json" };

const folder = join(import.meta.dirname, "../../src/api/crds");

it("crds.json is what the YAML files say, in any order", () => {
  const written = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name): unknown => parse(readFileSync(join(folder, name), "utf8")));
  const byName = (objects: readonly unknown[]): readonly string[] =>
    objects.map((one) => JSON.stringify(one)).toSorted();
  expect(byName(crds)).toEqual(byName(written));
});
