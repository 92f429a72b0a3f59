/** The version that claims are recorded to hold data of, and which one may start from it. */
import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/plan/step.ts";
import { reads } from "../../../src/engines/etcd/versions.ts";
import { anEtcd, crashed, type EtcdBuilder } from "../../support/etcd-model/an-etcd.ts";
import { observed, plans } from "../../support/etcd-model/plan-table.ts";

const three = anEtcd().withMembers(3);

/** Claims that a database of three has left, and the version they bear. */
function kept(version: string | undefined): EtcdBuilder {
  return [0, 1, 2].reduce(
    (given, ordinal) => given.claim(ordinal, { ours: false, version }),
    anEtcd().consent("adopt"),
  );
}

function blockOf(given: EtcdBuilder): unknown {
  const plan = given.plan();
  return plan.outcome === "blocked" ? plan.by[0] : plan.outcome;
}

const recorded = "identity/data-demo-0+data-demo-1+data-demo-2";
const adopts = ["certificates/issue", "objects/apply", "wait/the-quorum-is-back", recorded];

describe("planEtcd starting from kept claims", () => {
  const refused = ["blocked: version-step-legal"];
  plans([
    ["with the version they were left with", kept("3.6.16"), adopts],
    ["with another patch of it", kept("3.6.11"), adopts],
    ["with the next minor", kept("3.5.35"), adopts],
    ["with any version where none was recorded", kept(undefined).version("3.7.3"), adopts],
    ["not with an older minor", kept("3.6.16").version("3.5.35"), refused],
    ["not two minors on", kept("3.5.34").version("3.7.3"), refused],
    ["not past the floor of a minor", kept("3.5.20"), refused],
    ["not with 3.7 before the logs of 3.6 have begun anew", kept("3.6.16").version("3.7.3"), refused],
    ["not when one of them is newer than the others", kept("3.6.16").claim(1, { version: "3.7.3" }), refused],
    ["not with data of a version that is unknown here", kept("3.9.0"), refused],
    [
      "and goes on when it has begun",
      kept("3.5.35").set({ replicas: 3, version: "3.6.16" }).verb("reconcile"),
      ["certificates/issue", "objects/apply", "wait/the-quorum-is-back", recorded],
    ],
  ]);

  it("names the install that works", () => {
    expect(blockOf(kept("3.6.16").version("3.5.35"))).toEqual({
      guard: "version-step-legal",
      message:
        "etcd 3.5.35 does not start from what etcd 3.6.16 has left on data-demo-0: start from it with 3.6.16, and change the version then",
      observed: "annotation dbop.dev/version=3.6.16",
      lift: "kubectl dbop install demo -n shop … --version 3.6.16 --adopt",
    });
    expect(blockOf(kept("3.9.0"))).not.toHaveProperty("lift");
  });

  it("names it as well where members found out that their data is newer", () => {
    const begun = kept(undefined).version("3.5.35").set({ replicas: 3, version: "3.5.35" });
    const newer = { ...crashed("other"), crash: { termination: "newer-data", message: "" } } as const;
    const found = [0, 1, 2].reduce((given, ordinal) => given.pod(ordinal, newer), begun);
    expect(blockOf(found)).toMatchObject({ lift: "kubectl dbop install demo -n shop … --version 3.6.16 --adopt" });
    const own = [0, 1, 2].reduce((given, ordinal) => given.claim(ordinal, { ours: true }), found);
    expect(blockOf(own)).toMatchObject({ lift: "kubectl dbop upgrade demo -n shop --version 3.6.16" });
  });
});

describe("planEtcd recording the version on claims", () => {
  const unmarked = [0, 1, 2].reduce((given, ordinal) => given.claim(ordinal, { version: undefined }), three);
  plans([
    ["once, where an earlier release has not", unmarked, ["claims-version/3.6.16"]],
    [
      "of those whose members answer",
      unmarked.silent(2).pod(2, { ready: false }),
      ["wait/demo-2-is-healthy", "claims-version/3.6.16"],
    ],
    ["not of a claim that no member uses", three.claim(3, { version: undefined }), []],
    ["not over and over", three, []],
  ]);

  it("writes it with the record of the first members", () => {
    expect(versionsIn(anEtcd().plan(), "identity/record")).toEqual(["3.6.16", "3.6.16", "3.6.16"]);
  });

  it("raises it before any member runs the higher version", () => {
    const plan = three.version("3.6.17").consent("without-recent-backup").verb("upgrade").plan();
    expect(versionsIn(plan, "version/3.6.17")).toEqual(["3.6.17", "3.6.17", "3.6.17"]);
    expect(kindsIn(plan, "version/3.6.17").slice(0, 4)).toEqual([
      ...Array<string>(3).fill("PersistentVolumeClaim"),
      "Service",
    ]);
  });

  it("lowers it when members run the lower version, and not before", () => {
    const down = three.version("3.6.15").consent("without-recent-backup").verb("upgrade");
    expect(versionsIn(down.plan(), "version/3.6.15")).toEqual([]);
    expect(versionsIn(down.plan(), "claims-version/3.6.15")).toEqual(["3.6.15", "3.6.15", "3.6.15"]);
    expect(down.outline().slice(0, 2)).toEqual(["version/3.6.15", observed]);
  });

  function objectsOf(plan: Plan<unknown>, id: string) {
    const step = plan.outcome === "act" ? plan.steps.find((one) => one.id === id) : undefined;
    return step?.kind === "apply" ? step.objects : [];
  }

  const kindsIn = (plan: Plan<unknown>, id: string): readonly string[] => objectsOf(plan, id).map(({ kind }) => kind);

  function versionsIn(plan: Plan<unknown>, id: string): readonly (string | undefined)[] {
    return objectsOf(plan, id)
      .filter(({ kind }) => kind === "PersistentVolumeClaim")
      .map(({ metadata }) => metadata.annotations?.["dbop.dev/version"]);
  }
});

describe("whether etcd reads what another version has left", () => {
  it.each([
    ["3.6.16", "3.6.16", true],
    ["3.6.11", "3.6.16", true],
    ["3.6.16", "3.5.26", true],
    ["3.6.16", "3.5.25", false],
    ["3.5.35", "3.6.0", false],
    ["3.7.3", "3.6.16", false],
    ["3.7.3", "3.5.35", false],
    ["3.6.16", "3.7.0", false],
    ["3.6.16", "3.4.30", false],
    ["3.6.16", "4.0.0", false],
  ])("%s what %s has: %s", (version, from, readable) => {
    expect(reads(version, from)).toBe(readable);
  });
});
