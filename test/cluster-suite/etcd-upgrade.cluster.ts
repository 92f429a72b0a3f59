/** From version to version and back, under a client that writes all the time, and with runs that are killed at every step. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { field, textField } from "../../src/kube/fields.ts";
import { database, history } from "../support/real/database.ts";
import { dbop, dbopEnds, install, installCommand, startDbop, verb, type Target } from "../support/real/dbop.ts";
import { expectMembers, leadBy, putAll, readAll, someData, versions } from "../support/real/etcd.ts";
import { begin, done, killedAt, planned, waiting, type Moment } from "../support/real/killed.ts";
import { dropNamespace, inNamespace, makeNamespace } from "../support/real/namespace.ts";
import { shapeOf } from "../support/real/shape.ts";
import { versionsIn } from "../support/real/untouched.ts";
import { startWriter, type Writer } from "../support/real/writer.ts";

const unbacked = "--without-recent-backup";

/** Runs `args` until it says `moment`, and interrupts it there as Ctrl-C does: the lock is free then. */
async function interruptedAt(moment: Moment, args: readonly string[]): Promise<void> {
  let came = false;
  const running = startDbop(args, {
    onLine: (line, self) => {
      if (!moment.test(line)) return;
      came = true;
      self.kill("SIGINT");
    },
  });
  const ended = await running.ended;
  expect(came, `never came to ${moment}:\n${ended.stderr}`).toBe(true);
  expect(ended.code, ended.stderr).toBe(130);
}

const both = (title: string): readonly Moment[] => [begin(title), done(title)];
const moments: readonly Moment[] = [
  planned,
  ...both("Let the members run etcd 3.6.16"),
  ...both("Restart demo-2"),
  waiting("demo-2 is healthy"),
  ...both("Restart demo-1"),
  waiting("demo-1 is healthy"),
  ...both("Move the leadership from demo-0 to demo-1"),
  ...both("Restart demo-0"),
  waiting("demo-0 is healthy"),
];
const lives = 3;

async function live(target: Target, killAt: readonly Moment[]): Promise<unknown> {
  await dbopEnds(0, installCommand(target, { version: "3.5.35" }));
  await putAll(target, someData);
  await leadBy(target, 0);
  await killedAt(verb("upgrade", target, "--version", "3.6.16", unbacked, "--yes"), killAt);
  expect((await history(target)).map((entry) => `${entry.verb} ${entry.result}`)).toEqual([
    "upgrade Converged",
    "install Converged",
  ]);
  expect(await versions(target)).toEqual(["3.6.16", "3.6.16", "3.6.16"]);
  for (const ordinal of [0, 1, 2]) expect(await readAll(target, "data/", { ordinal })).toEqual(someData);
  return shapeOf(target);
}

/** Begun at once, beside the writer below: most of the time is spent waiting for the Leases of the killed to stand still. */
function begun(stem: string, killAt: readonly Moment[]): Promise<unknown> {
  const shape = inNamespace(stem, (namespace) => live({ namespace, name: "demo" }, killAt));
  shape.catch(() => undefined); // Whoever awaits it is told.
  return shape;
}

/** Of all that only a run of ours writes. */
async function untouched({ namespace }: Target): Promise<readonly string[]> {
  return (await versionsIn(namespace)).filter((line) =>
    /^(DatabaseCluster|ConfigMap|Secret|Service|Lease) /u.test(line),
  );
}

describe("a change of version under a writer with numbered acknowledged writes", () => {
  let target: Target;
  let writer: Writer;

  beforeAll(async () => {
    target = { namespace: await makeNamespace("upgrade"), name: "demo" };
    await install(target, { version: "3.5.34" });
    writer = await startWriter(target);
  });

  afterAll(async () => {
    await writer.stop();
    await dropNamespace(target.namespace);
  });

  async function expectNothingLost(version: string, what: string): Promise<void> {
    const { writes, seconds, longestGapMs } = writer.stretch();
    const rate = writes / seconds;
    console.log(
      `writer, ${what}: ${String(writes)} writes acknowledged (${rate.toFixed(0)}/s), longest gap ${String(longestGapMs)} ms`,
    );
    expect(await Promise.all([0, 1, 2].map((ordinal) => writer.missing(ordinal)))).toEqual([[], [], []]);
    expect(rate, "writes a second").toBeGreaterThan(5);
    await expectMembers(target, 3);
    expect(await versions(target)).toEqual([version, version, version]);
    const { status } = await database(target);
    expect([textField(status, "currentVersion"), field(status, "targetVersion")]).toEqual([version, undefined]);
  }

  it("nothing is lost by a patch, which is refused without a backup and changes nothing then", async () => {
    const before = await untouched(target);
    const refused = await dbopEnds(8, verb("upgrade", target, "--version", "3.5.35", "--yes"));
    expect(refused.stderr).toContain("verified-backup-before-irreversible");
    expect(refused.stderr).toContain(unbacked);
    expect(await untouched(target)).toEqual(before);
    await dbopEnds(0, verb("upgrade", target, "--version", "3.5.35", unbacked, "--yes"));
    await expectNothingLost("3.5.35", "3.5.34 to 3.5.35");
  });

  it("nothing is lost over two minors, gone on with by a reconcile that has what was agreed to", async () => {
    const refused = await dbopEnds(8, verb("upgrade", target, "--version", "3.7.3", unbacked, "--yes"));
    expect(refused.stderr).toContain("3.5.35 → 3.6.16 → 3.7.3");
    const through = verb("upgrade", target, "--version", "3.7.3", "--through", unbacked, "--yes");
    await interruptedAt(done("Restart demo-2"), through);
    const status = await dbopEnds(0, verb("status", target));
    expect(status.stdout).toMatch(
      /^Versions: +3\.5\.35 \(demo-0, demo-1\)(, 3\.6\.16 \(demo-2\))?; going to 3\.7\.3/mu,
    );
    await dbopEnds(0, verb("reconcile", target, "--yes"));
    await expectNothingLost("3.7.3", "3.5.35 to 3.7.3 by way of 3.6.16, interrupted once");
    expect((await history(target)).map((entry) => `${entry.verb} ${entry.result}`).slice(0, 2)).toEqual([
      "upgrade Converged",
      "upgrade Converged",
    ]);
  });

  it("nothing is lost by etcd's own downgrade, which asks for the name", async () => {
    const tooFar = await dbopEnds(8, verb("upgrade", target, "--version", "3.5.35", unbacked, "--confirm", "demo"));
    expect(tooFar.stderr).toContain("etcd goes down one minor at a time: first to 3.6.16");
    await dbopEnds(8, verb("upgrade", target, "--version", "3.6.16", unbacked, "--yes"));
    await dbopEnds(0, verb("upgrade", target, "--version", "3.6.16", unbacked, "--confirm", "demo"));
    await expectNothingLost("3.6.16", "3.7.3 down to 3.6.16");
  });

  it("nothing is lost when an upgrade is taken back half-way", async () => {
    await interruptedAt(done("Restart demo-2"), verb("upgrade", target, "--version", "3.7.3", unbacked, "--yes"));
    await dbopEnds(0, verb("upgrade", target, "--version", "3.6.16", "--yes"));
    await expectNothingLost("3.6.16", "3.6.16 half-way to 3.7.3 and back");
  });

  it("nothing is lost when the new image can't be had, and the old one is put back", async () => {
    const unpulled = /demo-2: (ErrImagePull|ImagePullBackOff)/u;
    await interruptedAt(unpulled, verb("upgrade", target, "--version", "3.7.99", unbacked, "--yes"));
    await dbopEnds(0, verb("upgrade", target, "--version", "3.6.16", "--yes"));
    await expectNothingLost("3.6.16", "an image that can't be pulled, and back");
  });

  it("is refused to reshard, and nothing changes", async () => {
    const before = await untouched(target);
    const refused = await dbopEnds(8, verb("reshard", target, "--shards", "3"));
    expect(refused.stderr).toContain("not applicable: etcd holds one keyspace");
    expect((await dbop(verb("reshard", { ...target, name: "nobody" }, "--rebalance"))).code).toBe(1);
    expect(await untouched(target)).toEqual(before);
  });
});

const undisturbed = begun("up-live", []);
const disturbed = Array.from({ length: lives }, (_, life) =>
  begun(
    `up-kill${String(life)}`,
    moments.filter((_moment, index) => index % lives === life),
  ),
);

describe("an upgrade whose run is killed with SIGKILL", () => {
  it.each(Array.from({ length: lives }, (_, life) => life))(
    "ends where it would have ended: every third moment from number %i",
    async (life) => {
      expect(await disturbed[life]).toEqual(await undisturbed);
    },
  );
});
