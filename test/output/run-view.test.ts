import { describe, expect, it } from "vitest";
import { renderRun } from "../../src/output/run-view.ts";

describe("a run whose time is up", () => {
  it.each([
    ["install", "To go on from here: kubectl dbop reconcile demo -n shop\n"],
    ["delete", "To go on from here: run the same command again\n"],
  ])("says how to go on with %s", async (verb, hint) => {
    const object = {
      apiVersion: "dbop.dev/v1alpha1",
      kind: "DatabaseCluster",
      metadata: { name: "demo", namespace: "shop" },
    };
    const { stdout, stderr } = await renderRun(
      { outcome: "Progressing", until: "the pods of demo are gone", seen: "1 left", object },
      { verb, past: "", format: "table", dryRun: "none" },
    );
    expect(stdout).toBe("");
    expect(stderr).toBe(`error: timed out waiting until the pods of demo are gone; last seen: 1 left\n${hint}`);
  });
});
