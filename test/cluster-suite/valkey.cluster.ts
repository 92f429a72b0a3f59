/** Valkey on the real cluster, in both ways of moving slots: that of Valkey 8, key by key, and that of Valkey 9, at once. */
import { describe, expect, it } from "vitest";
import { dbopEnds, verb, type Target } from "../support/real/dbop.ts";
import { history } from "../support/real/database.ts";
import { begin, done, killedAt } from "../support/real/killed.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { installValkey, startClient, takeAway } from "../support/real/valkey.ts";
import { valkeyVersions } from "../support/real/valkey-images.ts";

const [older, newer] = await valkeyVersions();
const someData = new Map(Array.from({ length: 500 }, (_, n) => [`data/${String(n)}`, `value-${String(n)}`] as const));

async function status(target: Target): Promise<string> {
  return (await dbopEnds(0, verb("status", target))).stdout;
}

describe.concurrent("a Valkey cluster", () => {
  it.each([older, newer])("%s is killed with SIGKILL while it is made and resharded, and goes on", async (version) => {
    await inNamespace("vkkilled", async (namespace) => {
      const target = { namespace, name: "demo" };
      const size = ["--shards", "3", "--replicas", "1", "--storage", "256Mi", "--tls", "disabled", "--cpu", "20m"];
      await killedAt(verb("install", target, "--engine", "valkey", "--version", version, ...size), [
        done("Apply Services.*"),
        done("Give demo-shard-1-0 .*"),
        begin("Introduce .*"),
        begin("Record that .*"),
      ]);
      const client = await startClient(target, version, { tls: false });
      await client.set(someData);
      await client.fill(5_000);
      const { keys } = await client.size();
      await killedAt(verb("reshard", target, "--shards", "4"), [
        done("Apply Services.*"),
        begin("Introduce .*"),
        begin("Move .*"),
        begin("Move .*"),
        done("Move .*"),
        begin("Move .*"),
      ]);
      await killedAt(verb("reshard", target, "--shards", "3", "--confirm", "demo"), [
        begin("Move .*"),
        done("Move .*"),
        begin("Stop .*"),
        done("Forget .*"),
        begin("Delete claim .*"),
      ]);
      expect(await client.values([...someData.keys()])).toEqual([...someData.values()]);
      expect(await client.size()).toEqual({ keys, large: 8_000_000 });
      expect(await client.check()).toContain("All 16384 slots covered");
      const ends = (await history(target)).map((entry) => `${entry.verb} ${entry.result}`);
      expect(ends).toEqual(["reshard Converged", "reshard Converged", "install Converged"]);
    });
  });

  it("heals: all addresses change at once, volumes are lost, and what can't be healed is refused", async () => {
    await inNamespace("vkheal", async (namespace) => {
      const target = { namespace, name: "demo" };
      await installValkey(target, { version: newer });
      const client = await startClient(target, newer);
      await client.set(someData);
      const all = [0, 1, 2].flatMap((shard) => [`demo-shard-${String(shard)}-0`, `demo-shard-${String(shard)}-1`]);
      await takeAway(target, all);
      await dbopEnds(0, verb("reconcile", target));
      expect(await client.values([...someData.keys()])).toEqual([...someData.values()]);

      await takeAway(target, ["demo-shard-0-0", "demo-shard-1-1"], ["demo-shard-0-0", "demo-shard-1-1"]);
      await dbopEnds(0, verb("reconcile", target));
      expect(await status(target)).toContain("6 of 6 nodes serve, all 16384 slots");
      expect(await client.values([...someData.keys()])).toEqual([...someData.values()]);

      await dbopEnds(0, verb("scale", target, "--replicas", "1", "--confirm", "demo"));
      expect(await client.values([...someData.keys()])).toEqual([...someData.values()]);
      await dbopEnds(0, verb("scale", target, "--replicas", "2"));
      await dbopEnds(0, verb("scale", target, "--memory", "300Mi", "--yes"));
      await dbopEnds(0, verb("rotate", target, "--certificates", "--yes"));
      expect(await client.values([...someData.keys()])).toEqual([...someData.values()]);

      await takeAway(target, ["demo-shard-2-0", "demo-shard-2-1"], ["demo-shard-2-0", "demo-shard-2-1"]);
      const refused = await dbopEnds(8, verb("reconcile", target, "--timeout", "120s"));
      expect(refused.stderr).toContain("data-lost");
      await dbopEnds(0, verb("delete", target, "--delete-data", "--confirm", "demo"));
    });
  });
});
