/** One run at a time for a database: the living are respected, the dead are taken over once their Lease has stood still for its whole time. */
import { describe, expect, it } from "vitest";
import { field, textField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { poll } from "../cluster/poll.ts";
import { admin } from "../support/real/cluster.ts";
import { history } from "../support/real/database.ts";
import { dbopEnds, install, startDbop, verb, type Target } from "../support/real/dbop.ts";
import { expectMembers } from "../support/real/etcd.ts";
import { begin } from "../support/real/killed.ts";
import { inNamespace } from "../support/real/namespace.ts";

async function lease({ namespace, name }: Target): Promise<unknown> {
  const { kube } = await admin();
  return kube.get({ type: types.lease, namespace, name: `dbop-${name}` });
}

describe.concurrent("two runs on one database", () => {
  it("do not work at once: the second ends with 5 and names the first, or waits for it", async () => {
    await inNamespace("lock", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1 });
      const first = startDbop(verb("scale", target, "--replicas", "3"));
      await first.saw(begin("Add demo-1 as a learner"));
      const holder = textField(field(await lease(target), "spec"), "holderIdentity");
      expect(holder).toContain("scale --replicas 3");
      const second = await dbopEnds(5, verb("reconcile", target));
      expect(second.stderr).toContain(`another run works on this database: ${holder}`);
      const third = dbopEnds(0, verb("reconcile", target, "--lock-timeout", "2m"));
      const ended = await first.ended;
      expect(ended.code, ended.stderr).toBe(0);
      await third;
      await expectMembers(target, 3);
      expect((await history(target)).filter((entry) => entry.verb === "scale")).toHaveLength(1);
      expect(await lease(target)).toBeUndefined();
    });
  });

  it("go on after a dead one, not before its Lease stood still for 15 s", async () => {
    await inNamespace("deadlock", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1 });
      const dead = startDbop(verb("scale", target, "--replicas", "3"));
      await dead.saw(begin("Add demo-1 as a learner"));
      dead.kill("SIGKILL");
      await dead.ended;
      const startedAt = Date.now();
      const next = startDbop(verb("scale", target, "--replicas", "3"));
      await next.saw(/^locked by .* scale --replicas 3 .*watching whether it is alive/u);
      await next.saw(/^taking over the lock of /u);
      const stoodStill = (Date.now() - startedAt) / 1000;
      console.log(`a dead run's lock was taken over after ${stoodStill.toFixed(1)} s`);
      expect(stoodStill).toBeGreaterThanOrEqual(15);
      const ended = await next.ended;
      expect(ended.code, ended.stderr).toBe(0);
      await expectMembers(target, 3);
    });
  });

  it("leave no lock when interrupted, and say how to go on", async () => {
    await inNamespace("interrupt", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1 });
      const interrupted = startDbop(verb("scale", target, "--replicas", "3"));
      await interrupted.saw(begin("Start demo-1"));
      interrupted.kill("SIGINT");
      const { code, stderr } = await interrupted.ended;
      expect(code, stderr).toBe(130);
      expect(stderr).toContain("kubectl dbop");
      expect(await lease(target)).toBeUndefined();

      const stuck = startDbop(verb("reconcile", target));
      await poll({ what: "the lock is held", timeoutMs: 120_000, everyMs: 10 }, () => lease(target));
      stuck.kill("SIGKILL");
      await stuck.ended;
      await dbopEnds(8, verb("unlock", target));
      await dbopEnds(0, verb("unlock", target, "--yes"));
      const { stderr: resumed } = await dbopEnds(0, verb("reconcile", target));
      expect(resumed).not.toContain("taking over");
      await expectMembers(target, 3);
    });
  });
});
