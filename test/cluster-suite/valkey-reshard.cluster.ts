/** Valkey is resharded under a cluster-aware writer and reader, in both ways of moving slots, and nothing that was acknowledged is lost or wrong. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { dbopEnds, startDbop, verb, type Target } from "../support/real/dbop.ts";
import { history } from "../support/real/database.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { installValkey, startClient, takeAway } from "../support/real/valkey.ts";
import { startTraffic, stretchText } from "../support/real/valkey-traffic.ts";
import { valkeyVersions } from "../support/real/valkey-images.ts";

const [older, newer] = await valkeyVersions();
const keys = 200_000;
const kills = 20;
/** Key by key, on a machine that has much else to do. */
const patient = { mostMs: 900_000 };

async function expectWhole(target: Target, shards: number): Promise<void> {
  const { stdout } = await dbopEnds(0, verb("status", target));
  const nodes = String(shards * 2);
  expect(stdout).toContain(`${nodes} of ${nodes} nodes serve, all 16384 slots`);
  expect((await dbopEnds(0, verb("reconcile", target))).stdout).toContain("unchanged");
}

/** Runs the command until it is killed, so many milliseconds after it has begun to look, or ends. */
async function killedAfter(args: readonly string[], ms: number): Promise<"killed" | "ended"> {
  const running = startDbop(args, {
    onLine: (line, self) => {
      if (/^(Plan|taking over the lock)/u.test(line))
        setTimeout(() => {
          self.kill("SIGKILL");
        }, ms);
    },
  });
  return (await running.ended).code === null ? "killed" : "ended";
}

/**
 * Two databases at a time: four of ten nodes each leave no time to the clients. The second pair takes as long as the first, and the suite has an hour:
 * `DBOP_TEST_LONG=1` has both.
 */
const pairs = [
  { loaded: older, killed: newer },
  { loaded: newer, killed: older },
].slice(0, process.env["DBOP_TEST_LONG"] === "1" ? 2 : 1);

describe.each(pairs)("a reshard under load", ({ loaded, killed }) => {
  it.concurrent(`of ${loaded} goes from 3 to 5 shards and back`, async () => {
    const version = loaded;
    await inNamespace("vkreshard", async (namespace) => {
      const target = { namespace, name: "demo" };
      await installValkey(target, { version });
      const traffic = await startTraffic(target);
      await traffic.fill(keys);
      await traffic.start();
      const tell = async (what: string): Promise<void> => {
        console.log(`Valkey ${version}, ${keys} keys, ${what}: ${stretchText(await traffic.stretch())}`);
      };
      await sleep(5_000);
      await tell("left alone");
      await dbopEnds(0, verb("reshard", target, "--shards", "5"), patient);
      await tell("3 to 5 shards");
      await expectWhole(target, 5);
      await traffic.stretch();
      await dbopEnds(0, verb("reshard", target, "--shards", "3", "--confirm", "demo"), patient);
      await tell("5 to 3 shards");
      await expectWhole(target, 3);
      if (version === older) {
        await dbopEnds(8, verb("upgrade", target, "--version", newer, "--yes"));
        await traffic.stretch();
        await dbopEnds(0, verb("upgrade", target, "--version", newer, "--yes", "--without-recent-backup"));
        await tell(`upgrade to ${newer}`);
        await expectWhole(target, 3);
        expect((await dbopEnds(8, verb("upgrade", target, "--version", older, "--yes"))).stderr).toContain(
          "version-step-legal",
        );
      }
      expect(await traffic.wrong()).toEqual([]);
    });
  });

  it.concurrent(
    `of ${killed} is killed with SIGKILL twenty times, loses pods on the way, and then all at once`,
    async () => {
      const version = killed;
      await inNamespace("vkkills", async (namespace) => {
        const target = { namespace, name: "demo" };
        await installValkey(target, { version });
        const traffic = await startTraffic(target);
        await traffic.fill(20_000);
        await traffic.start();
        const reshard = verb("reshard", target, "--shards", "5");
        let times = 0;
        while (times < kills && (await killedAfter(reshard, Math.random() * 1_500)) === "killed") times += 1;
        expect(times).toBe(kills);
        await dbopEnds(0, reshard, patient);
        await expectWhole(target, 5);
        const client = await startClient(target, version);
        expect(await client.check()).toContain("All 16384 slots covered");
        expect((await history(target)).map((entry) => `${entry.verb} ${entry.result}`)).toEqual([
          "reshard Converged",
          "install Converged",
        ]);

        // One that gives its slots, and then one that takes them.
        for (const [shards, pod] of [
          [4, "demo-shard-4-0"],
          [3, "demo-shard-0-0"],
        ] as const) {
          const running = startDbop(verb("reshard", target, "--shards", String(shards), "--confirm", "demo"), patient);
          await running.saw(/\] Move /u);
          await takeAway(target, [pod]);
          const { code, stderr } = await running.ended;
          expect(code, stderr).toBe(0);
          await expectWhole(target, shards);
        }
        // None finds another where it was.
        await takeAway(
          target,
          [0, 1, 2].flatMap((shard) => [`demo-shard-${String(shard)}-0`, `demo-shard-${String(shard)}-1`]),
        );
        await dbopEnds(0, verb("reconcile", target), patient);
        await expectWhole(target, 3);
        console.log(`Valkey ${version}, killed ${times} times: ${stretchText(await traffic.stretch())}`);
        expect(await traffic.wrong()).toEqual([]);
      });
    },
  );
});
