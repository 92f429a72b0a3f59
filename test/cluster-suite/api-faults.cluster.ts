/**
 * Whatever goes wrong between a run and the API server: it converges, or ends with the right exit code and a run that nothing befalls
 * converges. What a run says it has done is looked at by another way. DBOP_TEST_SEED replays what a failure printed.
 */
import { describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import { randomFaults, type Call, type Fault, type FaultSource } from "../support/fake-kube/faults.ts";
import { backup, makeLocation } from "../support/real/backups.ts";
import { makeClaimLocation } from "../support/real/claim-location.ts";
import { admin } from "../support/real/cluster.ts";
import { loseClaim } from "../support/real/damage.ts";
import { history } from "../support/real/database.ts";
import { dbop, dbopEnds, installCommand, verb, type Target } from "../support/real/dbop.ts";
import { expectMembers, putAll, readAll, someData } from "../support/real/etcd.ts";
import { startFaultProxy, type Befallen, type FaultProxy } from "../support/real/fault-proxy.ts";
import { inNamespace } from "../support/real/namespace.ts";

/** One verb in the life of a database. */
interface Chapter {
  readonly title: string;
  readonly before?: (target: Target) => Promise<unknown>;
  readonly argv: (target: Target) => readonly string[];
  /** What must be so when it has ended with 0: looked at directly. */
  readonly holds: (target: Target) => Promise<unknown>;
  /** As the history has it; absent: it leaves no entry of its own. */
  readonly recorded?: string;
}

/** One line a verb: what it is asked, and what must be so when it says that it is done. */
const chapters: readonly Chapter[] = [
  {
    title: "install",
    argv: (target) => installCommand(target, { replicas: 1 }),
    holds: async (target) => {
      await expectMembers(target, 1);
      await putAll(target, someData);
    },
    recorded: "install",
  },
  { title: "scale", argv: (target) => verb("scale", target, "--replicas", "3"), holds: whole(3), recorded: "scale" },
  {
    title: "reconcile",
    before: (target) => loseClaim(target, 1),
    argv: (target) => verb("reconcile", target),
    holds: whole(3),
    recorded: "reconcile",
  },
  {
    title: "scale",
    argv: (target) => verb("scale", target, "--replicas", "1", "--confirm", target.name),
    holds: whole(1),
    recorded: "scale",
  },
  {
    title: "backup",
    before: ({ namespace }) => makeLocation(namespace, "near", { pvc: { claimName: "backups" } }),
    argv: (target) => verb("backup", target, "--to", "near", "--name", "one"),
    holds: async (target) => {
      expect(await backup(target, "one")).toMatchObject({ outcome: "succeeded", verified: { grade: "structural" } });
    },
    recorded: "backup",
  },
  {
    title: "upgrade",
    argv: (target) => verb("upgrade", target, "--version", "3.7.3", "--yes"),
    holds: whole(1),
    recorded: "upgrade",
  },
  { title: "rotate", argv: (target) => verb("rotate", target, "--ca", "--yes"), holds: whole(1), recorded: "rotate" },
  {
    title: "restore in place",
    before: (target) => putAll(target, new Map([["data/later", "than the backup"]])),
    argv: (target) => verb("restore", target, "--in-place", "--from", "one", "--confirm", target.name),
    holds: whole(1),
    recorded: "restore-in-place",
  },
  {
    title: "restore",
    argv: (target) => verb("restore", anew(target), "--from", "one"),
    holds: (target) => whole(1)(anew(target)),
  },
  { title: "status", argv: (target) => verb("status", target), holds: whole(1) },
  {
    title: "delete",
    before: (target) => dbopEnds(0, verb("delete", anew(target), "--delete-data", "--confirm", anew(target).name)),
    argv: (target) => verb("delete", target, "--yes"),
    holds: onlyDataIsLeft,
  },
];

const anew = (target: Target): Target => ({ ...target, name: "anew" });

/** So many members, each with all that was written before. */
function whole(count: number): (target: Target) => Promise<void> {
  return async (target) => {
    await expectMembers(target, count);
    for (let ordinal = 0; ordinal < count; ordinal += 1)
      expect(await readAll(target, "data/", { ordinal })).toEqual(someData);
  };
}

async function onlyDataIsLeft({ namespace, name }: Target): Promise<void> {
  const { kube } = await admin();
  expect(await kube.get({ type: types.databaseCluster, namespace, name })).toBeUndefined();
  const ofDatabase = { namespace, labelSelector: `app.kubernetes.io/instance=${name}` };
  expect((await kube.list(types.pod, ofDatabase)).items.map(({ metadata }) => metadata.name)).toEqual([]);
  const claims = await kube.list(types.claim, { namespace });
  expect(claims.items.map(({ metadata }) => metadata.name)).toEqual(["backups", `data-${name}-0`]);
}

const isStream = ({ verb: asked }: Call): boolean => asked === "watch" || asked === "exec";

type Day = (seed: number) => FaultSource;

const random = (rate: number, ...kinds: readonly Fault[]): Day => {
  return (seed) => randomFaults({ seed, rate, kinds });
};

/** Both, the second where the first lets a call pass. */
const both = (first: Day, second: Day): Day => {
  return (seed) => {
    const [one, other] = [first(seed), second(seed)];
    return (call) => one(call) ?? other(call);
  };
};

/** After each hundred requests the API server is away for as long as a restart takes. */
const outages: Day = () => {
  let backAt = 0;
  return ({ n }) => {
    if (n % 100 === 0) backAt = Date.now() + 5_000;
    return Date.now() < backAt ? { kind: "refused" } : undefined;
  };
};

/** What goes wrong in one life, from its seed. */
const lives: Readonly<Record<string, Day>> = {
  "drops connections, is away for a while, is slow, and breaks off answers, watches and execs": both(
    both(outages, (seed) => randomFaults({ seed, rate: 0.4, kinds: [{ kind: "cut" }], only: isStream })),
    random(
      0.12,
      { kind: "drop", applied: false },
      { kind: "drop", applied: true },
      { kind: "slow", ms: 1_000 },
      { kind: "torn" },
    ),
  ),
  "refuses, sometimes after it has done the work": random(
    0.12,
    ...([409, 429, 500, 503] as const).map((code) => ({ kind: "status", code }) as const),
    ...([409, 500, 503, 504] as const).map((code) => ({ kind: "status", code, applied: true }) as const),
  ),
  "lets through no first answer to any change": () => (call) =>
    call.nth === 1 && ["create", "update", "apply", "delete", "exec"].includes(call.verb)
      ? { kind: "drop", applied: true }
      : undefined,
};

const firstSeed = Number(process.env["DBOP_TEST_SEED"] ?? 1);

describe.concurrent("an API server that", () => {
  it.each(Object.entries(lives))("%s", async (name, faultsOf) => {
    await inNamespace("faults", async (namespace) => {
      await makeClaimLocation(namespace);
      const proxy = await startFaultProxy(faultsOf(firstSeed));
      const told: string[] = [];
      try {
        await live({ namespace, name: "demo" }, proxy, told);
      } finally {
        const struck = proxy.log.filter(({ fault }) => fault !== undefined);
        const share = `${String(struck.length)} of ${String(proxy.log.length)} requests`;
        console.log(`an API server that ${name} (seed ${String(firstSeed)}): ${share}; ${told.join(", ")}`);
        await proxy.close();
      }
    });
  });
});

async function live(target: Target, proxy: FaultProxy, told: string[]): Promise<void> {
  const records: string[] = [];
  for (const chapter of chapters) {
    await chapter.before?.(target);
    const began = Date.now();
    const code = await throughFaults(chapter, target, proxy);
    told.push(`${chapter.title} ${String(code)} in ${String(Math.round((Date.now() - began) / 1000))} s`);
    await chapter.holds(target);
    if (chapter.recorded === undefined) continue;
    records.unshift(`${chapter.recorded} Converged`);
    const entries = (await history(target)).map((entry) => `${entry.verb} ${entry.result}`);
    // A rotation that has ended without being able to say so is begun anew by whoever asks again.
    expect(entries.filter((entry, index) => entry !== "rotate Converged" || entries[index + 1] !== entry)).toEqual(
      records,
    );
  }
}

/** Ends when the verb has done its work: at the first go, or at the second, which nothing befalls. */
async function throughFaults({ title, argv }: Chapter, target: Target, proxy: FaultProxy): Promise<number | null> {
  const args = argv(target);
  const before = proxy.log.length;
  const { code, stderr } = await dbop(args, { env: { KUBECONFIG: proxy.kubeconfig } });
  if (code === 0) return code;
  const asked = proxy.log.slice(before);
  const befallen = asked.filter(({ fault }) => fault !== undefined).map((one) => JSON.stringify(one));
  const context = `${title}:\n${stderr}\n${befallen.join("\n")}`;
  // Failed, out of time, lock lost; and 2 only where not one request was answered.
  expect(asked.some(isAnswered) ? [1, 4, 5] : [2], context).toContain(code);
  expect(stderr, context).toMatch(/^(error|Error from server .*): .+$/mu);
  expect(stderr, context).not.toContain("internal error");
  await dbopEnds(0, args);
  return code;
}

function isAnswered({ fault }: Befallen): boolean {
  return fault === undefined || fault.kind === "status" || fault.kind === "slow" || fault.kind === "cut";
}
