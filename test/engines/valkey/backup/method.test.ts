import { describe, expect, it } from "vitest";
import { backupMethod } from "../../../../src/engines/valkey/backup/method.ts";
import type { BackupMethod } from "../../../../src/backup/method.ts";
import type { NodeSeen, ValkeySeen } from "../../../../src/engines/valkey/seen.ts";
import type { ValkeySpec } from "../../../../src/engines/valkey/spec.ts";
import { field, listField, textField } from "../../../../src/kube/fields.ts";
import { aSpec } from "../../../support/valkey-model/a-spec.ts";
import { formed } from "../../../support/valkey-model/formed.ts";

const spec = aSpec();
const well = formed(spec);

function withNodes(change: (node: NodeSeen) => Partial<NodeSeen>): ValkeySeen {
  return { ...well, nodes: well.nodes.map((node) => ({ ...node, ...change(node) })) };
}

function methodOf(wish: ValkeySpec, seen: ValkeySeen): BackupMethod {
  const method = backupMethod(wish, seen);
  if (!method.ok) throw new Error(method.problems.message);
  return method.value;
}

const commands = (containers: BackupMethod["take"]): readonly string[] =>
  containers.map((one) => {
    // What waits for a name to be known comes before what is asked.
    const asked = listField(one, listField(one, "args").length > 0 ? "args" : "command");
    return `${textField(one, "name")}: ${asked.join(" ")}`;
  });

describe("how Valkey is backed up", () => {
  it("is from a replica of each shard, between two readings of the slot map", () => {
    const method = methodOf(spec, well);
    const host = (pod: string): string => `demo-shard-${pod}.demo-nodes.shop.svc`;
    const map = (name: string, command: string): string =>
      `inspect-${name}: valkey-cli -t 10 --cluster call ${host("0-0")}:6379 CLUSTER ${command}`;
    const take = (shard: number): string =>
      `take-${String(shard)}: valkey-cli -t 10 -h ${host(`${String(shard)}-1`)} --rdb /work/taken/shard-${String(shard)}.rdb`;
    expect(commands(method.take)).toEqual([
      map("map-before", "NODES"),
      map("moves-before", "GETSLOTMIGRATIONS"),
      take(0),
      take(1),
      take(2),
      map("map-after", "NODES"),
      map("moves-after", "GETSLOTMIGRATIONS"),
    ]);
    expect(commands(method.inspect)[2]).toBe("inspect-file-2: valkey-check-rdb /work/taken/shard-2.rdb");
    expect(method).toMatchObject({
      source: "demo-shard-0-1, demo-shard-1-1, demo-shard-2-1",
      engineVersion: "9.1.0",
      clusterIdentity: well.config?.clusterId,
    });
    const [first] = well.nodes;
    expect(listField({ method }, "method")).toEqual([]);
    expect(Array.isArray(method.expected) ? (method.expected[0] as unknown) : undefined).toEqual({
      name: "demo-shard-0",
      file: "data/shard-0.rdb",
      primaryId: first?.id,
      slots: "0-5460",
      offset: first?.offset,
      fromPrimary: false,
    });
  });

  it("tells the password to nobody but the environment, and trusts the cluster's own authority", () => {
    const method = methodOf(aSpec({ tls: { mode: "managed" } }), well);
    expect(commands(method.take)[0]).toContain("valkey-cli --tls --cacert /etc/valkey/tls/ca.crt -t 10");
    for (const container of method.take)
      expect(listField(container, "env").map((one) => field(field(one, "valueFrom"), "secretKeyRef"))).toEqual([
        { name: "demo-auth", key: "password" },
        { name: "demo-auth", key: "password" },
      ]);
    expect(method.volumes).toEqual([
      {
        name: "tls",
        secret: { secretName: "demo-tls", defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] },
      },
    ]);
  });

  it("shows the certificate of the user's own where nodes ask for one", () => {
    const tls = { mode: "secret", serverSecretName: "s", peerSecretName: "p", clientSecretName: "c" } as const;
    const method = methodOf(aSpec({ tls }), well);
    expect(commands(method.take)[0]).toContain("--cert /etc/valkey/tls-client/tls.crt");
    expect(method.volumes).toMatchObject([{ name: "tls-client", secret: { secretName: "c" } }]);
    expect(method.take[0]).toMatchObject({ volumeMounts: [{ mountPath: "/etc/valkey/tls-client" }] });
  });

  it("is by Redis' own programs where Redis runs", () => {
    const server = { flavour: "redis", version: "7.0.15" } as const;
    const method = methodOf(
      aSpec({ server }),
      withNodes(() => ({ server })),
    );
    expect(commands(method.take)[1]).toBe(
      "take-0: redis-cli -h demo-shard-0-1.demo-nodes.shop.svc --rdb /work/taken/shard-0.rdb",
    );
    expect(commands(method.inspect)[0]).toContain("redis-check-rdb");
  });

  it("is from the primary where no replica is in step, and says so", () => {
    const seen = withNodes((node) => (node.place.shard === 1 && node.role === "replica" ? { linked: false } : {}));
    const method = methodOf(spec, seen);
    expect(method.source).toBe(
      "demo-shard-0-1, demo-shard-1-0 (a primary: no replica is in step with it), demo-shard-2-1",
    );
  });

  it("asks of moves at once only where the server knows them", () => {
    const names = commands(
      methodOf(
        spec,
        withNodes(() => ({ server: { flavour: "valkey", version: "8.1.1" } })),
      ).take,
    ).map((one) => one.split(":")[0]);
    expect(names).toEqual(["inspect-map-before", "take-0", "take-1", "take-2", "inspect-map-after"]);
  });

  it("is tried by the checker, and by a server that loads one file after the other", () => {
    const { rehearse } = methodOf(spec, well);
    const names = (grade: "structural" | "functional"): readonly string[] =>
      rehearse(grade).map((one) => textField(one, "name"));
    expect(names("structural")).toEqual(["check-0", "check-1", "check-2"]);
    expect(names("functional").slice(3)).toEqual([
      "serve",
      ...[0, 1, 2].flatMap((n) => [`choose-${String(n)}`, `load-${String(n)}`, `inspect-loaded-${String(n)}`]),
    ]);
    const serve = rehearse("functional").find((one) => textField(one, "name") === "serve");
    expect(serve).toMatchObject({ restartPolicy: "Always", resources: { limits: { memory: "1Gi" } } });
  });

  const open = { slot: 7, direction: "to" as const, nodeId: "a".repeat(40) };
  it.each<[why: string, seen: ValkeySeen, guard: string]>([
    ["it has not formed", { ...well, config: undefined, claims: [] }, "backup-source-known"],
    ["slots have no owner that answers", { ...well, nodes: well.nodes.slice(2) }, "slots-settled"],
    ["a slot is on its way", withNodes(({ place }) => (place.shard === 0 ? { open: [open] } : {})), "slots-settled"],
    ["a request to move slots has not ended", withNodes(() => ({ migrating: 1 })), "slots-settled"],
    ["nodes do not agree", withNodes(({ peers }) => ({ peers: peers.slice(1) })), "slots-settled"],
    ["a shard has no slots", formed(aSpec({ shards: 4 })), "slots-settled"],
  ])("is refused as long as %s", (_, seen, guard) => {
    const method = backupMethod(spec, seen);
    expect(method.ok ? "taken" : method.problems.guard).toBe(guard);
  });
});
