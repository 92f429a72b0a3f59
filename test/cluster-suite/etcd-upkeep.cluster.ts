/** Upkeep under running members: other authorities, certificates anew, files defragmented. Nobody is interrupted, and what is begun is ended. */
import { describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import { admin } from "../support/real/cluster.ts";
import { history } from "../support/real/database.ts";
import { dbopEnds, install, startDbop, verb, type Target } from "../support/real/dbop.ts";
import { etcdctl, expectMembers, putAll, readAll, someData } from "../support/real/etcd.ts";
import { begin, done, killedAt, planned, type Moment } from "../support/real/killed.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { shapeOf } from "../support/real/shape.ts";
import { clientCredentials, issuedCertificate, knock, shownCertificate } from "../support/real/tls-probe.ts";
import { startWriter, type Writer } from "../support/real/writer.ts";

const members = [0, 1, 2];

/** Every acknowledged write is on every member; the stretch since the last check is told. */
async function expectNothingLost(target: Target, writer: Writer, what: string): Promise<void> {
  const { writes, seconds, longestGapMs } = writer.stretch();
  console.log(
    `writer, ${what}: ${String(writes)} writes acknowledged in ${seconds.toFixed(0)} s, longest gap ${String(longestGapMs)} ms`,
  );
  expect(await Promise.all(members.map((ordinal) => writer.missing(ordinal)))).toEqual([[], [], []]);
  expect(writes / seconds, "writes a second").toBeGreaterThan(5);
  await expectMembers(target, 3);
}

/** Leaves each member's file with 120 MiB of nothing inside: written, deleted and compacted, as a busy client does in a month. */
async function fragment(target: Target): Promise<void> {
  const value = "x".repeat(1024 * 1024);
  const fill = async (lane: number): Promise<void> => {
    for (let i = 0; i < 30; i += 1)
      await etcdctl(target, ["put", `fill/${String(lane)}/${String(i)}`], { stdin: value, ordinal: lane % 3 });
  };
  await Promise.all([0, 1, 2, 3].map(fill));
  await etcdctl(target, ["del", "fill/", "--prefix"]);
  const status = await etcdctl(target, ["endpoint", "status", "--write-out=fields"]);
  const revision = /"Revision" : (\d+)/u.exec(status)?.[1] ?? "";
  await etcdctl(target, ["compact", "--physical", revision]);
}

async function fileSizes(target: Target): Promise<readonly number[]> {
  const all = await Promise.all(
    members.map((ordinal) => etcdctl(target, ["endpoint", "status", "--write-out=fields"], { ordinal })),
  );
  return all.map((status) => Number(/"DBSize" : (\d+)/u.exec(status)?.[1]));
}

async function podUids({ namespace }: Target): Promise<readonly string[]> {
  const { kube } = await admin();
  return (await kube.list(types.pod, { namespace })).items.map(({ metadata }) => metadata.uid ?? "").toSorted();
}

describe.concurrent("upkeep", () => {
  it("changes the authorities and makes files anew while a client writes, and loses nothing", async () => {
    await inNamespace("upkeep", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { flags: ["--storage", "1Gi"] });
      await fragment(target);
      const before = await clientCredentials(target);
      const writer = await startWriter(target);
      try {
        await dbopEnds(0, verb("rotate", target, "--ca", "--yes"));
        await expectNothingLost(target, writer, "a rotation of the authorities of 3 members");

        const after = await clientCredentials(target);
        expect(after.ca).not.toBe(before.ca);
        for (const ordinal of members) {
          expect(await knock(target, ordinal, after)).toBe("HTTP/1.1 200 OK");
          expect(await knock(target, ordinal, { ...before, ca: after.ca })).toMatch(/unknown|bad certificate|closed/u);
          expect(await knock(target, ordinal, before)).toMatch(/self-signed|unable to verify|unable to get/u);
        }

        const large = await fileSizes(target);
        for (const size of large) expect(size).toBeGreaterThan(110 * 2 ** 20);
        writer.stretch();
        const { stderr } = await dbopEnds(0, verb("reconcile", target));
        await expectNothingLost(target, writer, "a defragmentation of 3 members");
        expect([...stderr.matchAll(/\] Defragment (demo-\d): done/gu)].length).toBe(3);
        for (const size of await fileSizes(target)) expect(size).toBeLessThan(20 * 2 ** 20);
        expect((await dbopEnds(0, verb("reconcile", target))).stdout).toContain("unchanged");
      } finally {
        await writer.stop();
      }
    });
  });

  it("issues certificates anew without a restart, and waits until they are shown", async () => {
    await inNamespace("reissue", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1 });
      const [pods, before] = [await podUids(target), await clientCredentials(target)];
      await dbopEnds(0, verb("rotate", target, "--certificates"));
      const after = await clientCredentials(target);
      expect(after.ca).toBe(before.ca);
      expect(after.cert).not.toBe(before.cert);
      expect(await podUids(target)).toEqual(pods);
      expect(await shownCertificate(target, 0, after)).toBe(await issuedCertificate(target));
      expect(await knock(target, 0, after)).toBe("HTTP/1.1 200 OK");
      await refusedMeanwhile(target);
    });
  });

  it("is refused where there is nothing of ours to rotate", async () => {
    await inNamespace("plain", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1, flags: ["--tls", "disabled"] });
      const { stderr } = await dbopEnds(8, verb("rotate", target, "--ca", "--yes"));
      expect(stderr).toContain("certificates-managed");
    });
  });
});

/** A rotation does not begin while something else is half-way. */
async function refusedMeanwhile(target: Target): Promise<void> {
  const scaling = startDbop(verb("scale", target, "--replicas", "2"), {
    onLine: (line, running) => {
      if (/Add demo-1 as a learner: done/u.test(line)) running.kill("SIGKILL");
    },
  });
  expect((await scaling.ended).code).toBeNull();
  const { stderr } = await dbopEnds(8, verb("rotate", target, "--ca", "--yes"));
  expect(stderr).toContain("one-change-in-flight");
  expect(stderr).toContain("kubectl dbop reconcile demo");
}

const both = (title: string): readonly Moment[] => [begin(title), done(title)];
const toBoth = "Make new authorities and let members trust both";
const fromNew = "Issue every certificate from the new authorities";
const toNew = "Trust the new authorities only";
const objects = "Apply Services, disruption budget, configuration and StatefulSet";
const restart = "Restart demo-0";

/** Each is one life; what stands after `toNew` is of the second round. */
const lives: readonly (readonly Moment[])[] = [
  [planned, ...both(toBoth)],
  [...both(objects), begin(restart)],
  [done(restart), ...both(fromNew)],
  [...both(toNew), begin(objects)],
  [done(toNew), done(objects), begin(restart)],
  [done(toNew), done(restart)],
];

async function rotated(namespace: string, moments: readonly Moment[]): Promise<unknown> {
  const target = { namespace, name: "demo" };
  await install(target, { replicas: 1 });
  await putAll(target, someData);
  const before = await clientCredentials(target);
  await killedAt(verb("rotate", target, "--ca", "--yes"), moments);
  expect((await history(target)).map((entry) => `${entry.verb} ${entry.result}`)).toEqual([
    "rotate Converged",
    "install Converged",
  ]);
  expect(await readAll(target, "data/")).toEqual(someData);
  const after = await clientCredentials(target);
  expect(await knock(target, 0, after)).toBe("HTTP/1.1 200 OK");
  expect(await knock(target, 0, { ...before, ca: after.ca })).not.toContain("HTTP");
  return shapeOf(target);
}

describe.concurrent("a rotation killed with SIGKILL", () => {
  const undisturbed = inNamespace("turn", (namespace) => rotated(namespace, []));

  it("is compared with one that nobody disturbed", async () => {
    expect(JSON.stringify(await undisturbed)).toContain('"dbop.dev/authorities":"2"');
  });

  it.each(lives.map((moments, life) => [life, moments] as const))(
    "ends where it would have ended, and rotates once: life %i",
    async (life, moments) => {
      const shape = await inNamespace(`turn${String(life)}`, (namespace) => rotated(namespace, moments));
      expect(shape).toEqual(await undisturbed);
    },
  );
});
