/** Words completed the way shells have them completed: by kubectl, which asks kubectl_complete-dbop. */
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { applyAll, kubectl } from "../support/real/cluster.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { pluginPath } from "../support/real/place.ts";

/** What kubectl offers for the last of `words`; the line with its directive is last. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const env = { PATH: `${dirname(pluginPath())}:${process.env["PATH"] ?? ""}` };
  const lines = (await kubectl(["__complete", "dbop", ...words], { env })).trimEnd().split("\n");
  return lines.map((line) => line.split("\t")[0] ?? "");
}

describe("kubectl __complete dbop", () => {
  it("offers verbs, flags, values, and the names that are in the cluster", async () => {
    await inNamespace("complete", async (namespace) => {
      const apiVersion = "dbop.dev/v1alpha1";
      const spec = { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "1Gi" } };
      await applyAll([
        { apiVersion, kind: "DatabaseCluster", metadata: { name: "demo", namespace }, spec },
        {
          apiVersion,
          kind: "BackupLocation",
          metadata: { name: "nightly", namespace },
          spec: { pvc: { claimName: "x" } },
        },
      ]);
      const here = ["-n", namespace];
      expect(await offered("sca")).toEqual(["scale", ":4"]);
      expect(await offered("scale", "demo", "--rep")).toEqual(["--replicas", ":4"]);
      expect(await offered("status", "-o", "j")).toEqual(["json", ":4"]);
      expect(await offered("status", ...here, "")).toEqual(["demo", ":4"]);
      expect(await offered(...here, "scale", "d")).toEqual(["demo", ":4"]);
      expect(await offered("backup", "demo", ...here, "--to", "")).toEqual(["nightly", ":4"]);
      expect(await offered("restore", "x", ...here, "--from-location=n")).toEqual(["--from-location=nightly", ":4"]);
      expect(await offered("restore", "x", ...here, "--from", "")).toEqual([":4"]);
      expect(await offered("list", "-n", namespace)).toEqual([namespace, ":4"]);
    });
  });
});
