/**
 * Our loader against kubectl's. The golden file holds what kubectl printed and is always compared; where a kubectl is at hand it is asked
 * again. `DBOP_UPDATE_GOLDEN=1` records anew (needs kubectl).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { aHost, fixtures, kubeconfigs } from "./host-fixture.ts";
import { kubectl, kubectlPath } from "./kubectl.ts";
import { ourView, withoutEmpty } from "./kubeconfig-view.ts";

interface Case {
  /** Of KUBECONFIG, relative to the fixtures. */
  readonly files?: readonly string[];
  readonly explicit?: string;
  readonly context?: string;
}

const accepted: Readonly<Record<string, Case>> = {
  "one file": { files: ["one.yaml"] },
  "another context of it": { files: ["one.yaml"], context: "red" },
  "two files: the first to name something wins as a whole": { files: ["one.yaml", "two.yaml"] },
  "two files: a context of the second with a cluster of the first": {
    files: ["one.yaml", "two.yaml"],
    context: "cross",
  },
  "two files: what only the second has": { files: ["one.yaml", "two.yaml"], context: "two" },
  "the other way round": { files: ["two.yaml", "one.yaml"] },
  "the other way round, overlapping context": { files: ["two.yaml", "one.yaml"], context: "one" },
  "a file without current-context first hides a cluster": { files: ["no-current.yaml", "one.yaml"] },
  "a repeated file": { files: ["one.yaml", "one.yaml", "two.yaml"] },
  "empty names in the list": { files: ["", "one.yaml", "", "two.yaml", ""] },
  "missing files in the list": { files: ["nowhere.yaml", "two.yaml", "sub/nowhere.yaml"] },
  "an empty file and one of comments": { files: ["empty.yaml", "comment.yaml", "one.yaml"] },
  "JSON first": { files: ["three.json", "one.yaml"] },
  "JSON explicitly, KUBECONFIG ignored": { files: ["one.yaml"], explicit: "three.json" },
  "anchors, merge keys, folded and literal text, a second document": { explicit: "exotic.yaml" },
  "paths of certificates": { files: ["one.yaml", "sub/paths.yaml"], context: "paths" },
  "path of a token file": { explicit: "sub/paths.yaml", context: "token" },
  "path of a plugin": { explicit: "sub/paths.yaml", context: "plugin" },
  "a plugin on PATH": { explicit: "sub/paths.yaml", context: "onpath" },
};

const refused: Readonly<Record<string, Case>> = {
  "a missing explicit file": { explicit: "nowhere.yaml" },
  "a directory": { explicit: "sub" },
  "an unclosed flow map": { files: ["one.yaml", "unclosed.yaml"] },
  "a colon too many": { explicit: "colon.yaml" },
  "a number for a token": { explicit: "number.yaml" },
  "yes for a name": { explicit: "boolean.yaml" },
  "a name twice in one file": { explicit: "twice.yaml" },
  "another kind": { explicit: "pod.yaml" },
  "a list": { explicit: "list.yaml" },
  "data that is not base64": { explicit: "base64.yaml" },
  "a tab as indentation": { explicit: "tab.yaml" },
  "an unknown context": { explicit: "one.yaml", context: "nowhere" },
  "contexts, but no current one": { explicit: "adrift.yaml" },
};

const goldenFile = join(fixtures, "golden/config-view.json");
const golden = JSON.parse(readFileSync(goldenFile, "utf8")) as Readonly<Record<string, unknown>>;
const recording = process.env["DBOP_UPDATE_GOLDEN"] === "1";
const recorded: Record<string, unknown> = {};

function environment({ files }: Case): Record<string, string> {
  return files === undefined ? {} : { KUBECONFIG: files.join(delimiter) };
}

async function kubectlView(given: Case): Promise<unknown> {
  const args = ["config", "view", "--minify", "--flatten", "--raw", "-o", "json"];
  if (given.explicit !== undefined) args.push("--kubeconfig", given.explicit);
  if (given.context !== undefined) args.push("--context", given.context);
  const run = await kubectl(args, environment(given), kubeconfigs);
  if (run.code !== 0) return { refused: run.stderr.trim() };
  const {
    apiVersion: _version,
    kind: _kind,
    preferences: _preferences,
    ...view
  } = JSON.parse(run.stdout) as Record<string, unknown>;
  return portable(resolved(withoutEmpty(view), dirname(join(kubeconfigs, given.explicit ?? ""))));
}

/** `config view` prints these two as written; kubectl resolves them where it uses them, and our loader when it reads them. */
function resolved(view: unknown, directory: string): unknown {
  const isPath = (name: string, text: string): boolean =>
    name === "tokenFile" || (name === "command" && text.includes("/"));
  return JSON.parse(JSON.stringify(view), (name, value: unknown) =>
    typeof value === "string" && isPath(name, value) ? resolve(directory, value) : value,
  );
}

/** The golden file must not know where the repository lies. */
function portable(view: unknown): unknown {
  return JSON.parse(JSON.stringify(view).replaceAll(kubeconfigs, "<fixtures>"));
}

describe("loadKubeconfig finds what kubectl config view --minify --flatten prints for", () => {
  it.each(Object.entries(accepted))("%s", async (name, given) => {
    const ours = portable(await ourView(given.explicit, given.context, aHost({ env: environment(given) })));
    if (kubectlPath !== undefined) {
      recorded[name] = await kubectlView(given);
      expect(ours).toEqual(recorded[name]);
    }
    if (!recording) expect(ours).toEqual(golden[name]);
  });
});

describe("loadKubeconfig refuses, as kubectl does,", () => {
  it.each(Object.entries(refused))("%s", async (name, given) => {
    await expect(ourView(given.explicit, given.context, aHost({ env: environment(given) }))).rejects.toMatchObject({
      reason: "Usage",
    });
    if (kubectlPath !== undefined) {
      recorded[name] = await kubectlView(given);
      expect(recorded[name]).toHaveProperty("refused");
    }
    if (!recording) expect(golden[name]).toHaveProperty("refused");
  });
});

afterAll(() => {
  if (recording && kubectlPath !== undefined) writeFileSync(goldenFile, `${JSON.stringify(recorded, undefined, 2)}\n`);
});
