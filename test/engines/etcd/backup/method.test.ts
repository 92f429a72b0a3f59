import { describe, expect, it } from "vitest";
import { backupMethod, consistencyPoint } from "../../../../src/engines/etcd/backup/method.ts";
import { anEtcd, type EtcdBuilder } from "../../../support/etcd-model/an-etcd.ts";

const three = anEtcd().withMembers(3);

/** The member a snapshot would be taken of, and the command that takes it. */
function taking({ given }: EtcdBuilder): {
  readonly source: string;
  readonly command: unknown;
  readonly volumes: unknown;
} {
  const method = backupMethod(given.spec, given.seen);
  if (!method.ok) throw new Error(method.problems.message);
  const { source, take, volumes } = method.value;
  return { source, command: take[0]?.["command"], volumes };
}

describe("a snapshot", () => {
  it.each([0, 1, 2])("is taken of the leader, at its own address: demo-%i", (leader) => {
    const { source, command } = taking(three.leader(leader));
    expect(source).toBe(`demo-${String(leader)}`);
    expect(command).toContain(`--endpoints=https://demo-${String(leader)}.demo-members.shop.svc:2379`);
  });

  it("is taken with the client's certificate, whoever issued it", () => {
    const own = { mode: "secret", serverSecretName: "s", peerSecretName: "p", clientSecretName: "mine" } as const;
    const items = ["ca.crt", "tls.crt", "tls.key"].map((key) => ({ key, path: key }));
    for (const [spec, secretName] of [
      [three, "demo-client-tls"],
      [three.spec({ tls: own }), "mine"],
    ] as const) {
      const { command, volumes } = taking(spec);
      expect(volumes).toMatchObject([{ name: "client-tls", secret: { secretName, items } }]);
      expect(command).toEqual(expect.arrayContaining(["--cert=/etc/etcd/client-tls/tls.crt"]));
    }
  });

  it("is taken without certificates where there are none", () => {
    const { command, volumes } = taking(three.spec({ tls: { mode: "disabled" } }));
    expect(volumes).toEqual([]);
    expect(command).toEqual([
      "etcdctl",
      "--endpoints=http://demo-0.demo-members.shop.svc:2379",
      "snapshot",
      "save",
      "/work/taken/db",
    ]);
  });

  it("is tried with as much memory as a member has", () => {
    const { spec, seen } = three.given;
    const method = backupMethod(spec, seen);
    const containers = method.ok ? method.value.rehearse("functional") : [];
    expect(containers.map(({ name }) => name)).toEqual(["restore", "serve", "ask"]);
    for (const { resources } of containers)
      expect(resources).toEqual({ requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } });
  });
});

it.each([
  ['{"hash":1,"revision":4711,"totalKey":7,"totalSize":1}\n', "revision 4711"],
  ['{"hash":1467414420,"revision":0,"totalKey":0,"totalSize":20480,"version":"3.6.0"}', "revision 1"],
  ['{"revision":0,"totalKey":7}', undefined],
  ['{"revision":0}', undefined],
  ['{"revision":"4711"}', undefined],
  ["{}", undefined],
  ["", undefined],
  ["Error: open /work/taken/db: no such file or directory", undefined],
])("what etcdutl said of a snapshot is read as it is: %s", (log, point) => {
  expect(consistencyPoint(log)).toBe(point);
});
