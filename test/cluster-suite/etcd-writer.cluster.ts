/** A client writes all the time while members come, go and lose their disks: what was acknowledged stays. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import { admin } from "../support/real/cluster.ts";
import { corruptDisk, loseClaim, wipeDisk } from "../support/real/damage.ts";
import { history } from "../support/real/database.ts";
import { dbopEnds, install, startDbop, verb, type Target } from "../support/real/dbop.ts";
import { expectMembers } from "../support/real/etcd.ts";
import { dropNamespace, makeNamespace } from "../support/real/namespace.ts";
import { startWriter, type Writer } from "../support/real/writer.ts";

let target: Target;
let writer: Writer;

beforeAll(async () => {
  target = { namespace: await makeNamespace("writer"), name: "demo" };
  await install(target);
  writer = await startWriter(target);
});

afterAll(async () => {
  await writer.stop();
  await dropNamespace(target.namespace);
});

/** Every acknowledged write is on every one of `count` members; the stretch since the last check is told. */
async function expectNothingLost(count: number, what: string): Promise<void> {
  const { writes, seconds, longestGapMs } = writer.stretch();
  const rate = writes / seconds;
  console.log(
    `writer, ${what}: ${String(writes)} writes acknowledged (${rate.toFixed(0)}/s), longest gap ${String(longestGapMs)} ms`,
  );
  const missing = await Promise.all(Array.from({ length: count }, (_, ordinal) => writer.missing(ordinal)));
  expect(missing).toEqual(Array.from({ length: count }, () => []));
  expect(rate, "writes a second").toBeGreaterThan(5);
  await expectMembers(target, count);
}

async function claims(): Promise<readonly string[]> {
  const { kube } = await admin();
  const list = await kube.list(types.claim, { namespace: target.namespace });
  return list.items.map(({ metadata }) => `${metadata.name} ${metadata.uid ?? ""}`).toSorted();
}

describe("a writer with numbered acknowledged writes", () => {
  it("loses nothing when 3 members become 5", async () => {
    await dbopEnds(0, verb("scale", target, "--replicas", "5"));
    await expectNothingLost(5, "3 to 5");
  });

  it("loses nothing when 5 become 3 and the run is killed before it deletes the claims", async () => {
    const before = await claims();
    const scaleIn = startDbop(verb("scale", target, "--replicas", "3", "--confirm", target.name), {
      onLine: (line, running) => {
        if (/^\[.*Stop the pods from ordinal 3 on: done/.test(line)) running.kill("SIGKILL");
      },
    });
    expect((await scaleIn.ended).code).toBeNull();
    await expectNothingLost(3, "5 to 3, killed at its end");
    expect(await claims()).toEqual(before);
  });

  it("loses nothing when 3 become 5 over the claims that the 5 before left", async () => {
    const stale = (await claims()).filter((claim) => /^data-demo-[34] /.test(claim));
    const ended = await dbopEnds(0, verb("scale", target, "--replicas", "5", "--confirm", target.name));
    expect(ended.stderr).toContain("taking over the lock of");
    await expectNothingLost(5, "3 to 5 over stale claims");
    expect((await claims()).filter((claim) => stale.includes(claim))).toEqual([]);
    expect((await history(target)).map(({ verb: name, result }) => `${name} ${result}`)).toEqual([
      "scale Converged",
      "scale Superseded",
      "scale Converged",
      "install Converged",
    ]);
  });

  it.each([
    ["has lost its claim", loseClaim, 4],
    ["has lost what was on its disk", wipeDisk, 1],
    ["finds its database corrupt", corruptDisk, 2],
  ])("loses nothing when a member %s and is replaced", async (what, damage, ordinal) => {
    const before = await expectMembers(target, 5);
    await damage(target, ordinal);
    await dbopEnds(0, verb("reconcile", target));
    await expectNothingLost(5, `a member ${what}`);
    const kept = before.filter(({ name }) => name !== `demo-${String(ordinal)}`);
    const after = await expectMembers(target, 5);
    expect(after).toEqual(expect.arrayContaining(kept));
    expect(after).not.toEqual(expect.arrayContaining([...before]));
  });

  it("loses nothing when every member restarts with more memory", async () => {
    await dbopEnds(0, verb("scale", target, "--memory", "300Mi", "--yes"));
    await expectNothingLost(5, "a roll of 5 members");
  });
});
