import { describe, expect, it } from "vitest";
import { issueCertificate, rotateAuthority } from "../../../src/engines/valkey/issue-certificate.ts";
import { certificateSeen, userCertificate } from "../../../src/engines/valkey/observe/certificate.ts";
import { statefulSet } from "../../../src/engines/valkey/resources/stateful-set.ts";
import type { EngineIo } from "../../../src/engines/engine.ts";
import { types } from "../../../src/kube/objects.ts";
import { inspectCertificate } from "../../../src/resources/tls/inspect.ts";
import { keptSecret } from "../../../src/resources/secret.ts";
import { createAuthority, issueCertificate as issue } from "../../../src/resources/tls/issue.ts";
import { firstStage, stageAfter } from "../../../src/resources/tls/stage.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import { FakeKube } from "../../support/fake-kube/fake-kube.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";

const spec = aSpec({ tls: { mode: "managed" } });
const now = new Date("2026-01-01T00:00:00Z");

function place(): { readonly fake: FakeKube; readonly io: EngineIo } {
  const fake = new FakeKube({ namespaces: ["shop"] });
  return { fake, io: Object.assign(fake.as("test"), { now: () => now }) };
}

const secret = (name: string): Parameters<FakeKube["peek"]>[0] => ({ type: types.secret, namespace: "shop", name });

describe("the certificate of the nodes", () => {
  it("bears the names they are called by, comes from an authority of their own, and is seen as what it is", async () => {
    const { fake, io } = place();
    await issueCertificate({ name: "issueCertificate", mayFound: true }, io, spec);
    const made = fake.peek(secret("demo-tls"));
    const seen = certificateSeen(made, now);
    expect(seen).toMatchObject({ due: false, rotation: undefined });
    expect(seen?.notAfter.slice(0, 10)).toBe("2027-01-01");
    const data = made?.["data"] as Readonly<Record<string, string>>;
    const certificate = inspectCertificate(Buffer.from(data["tls.crt"] ?? "", "base64").toString("utf8"));
    expect(certificate.dnsNames).toContain("*.demo-nodes.shop.svc");
    expect(certificate.dnsNames).toContain("demo.shop.svc");
    expect(certificate.ipAddresses).toContain("127.0.0.1");
    expect(certificateSeen(made, new Date("2026-09-15T00:00:00Z"))).toMatchObject({ due: true });
  });

  it("is another each time, from the same authority, and bears the operation that asked for it", async () => {
    const { fake, io } = place();
    await issueCertificate({ name: "issueCertificate", mayFound: true }, io, spec);
    const [before, authority] = [fake.peek(secret("demo-tls")), fake.peek(secret("demo-ca"))];
    await issueCertificate({ name: "issueCertificate", mayFound: false, rotation: "op-1" }, io, spec);
    const after = certificateSeen(fake.peek(secret("demo-tls")), now);
    expect(after?.rotation).toBe("op-1");
    expect(after?.fingerprint).not.toBe(certificateSeen(before, now)?.fingerprint);
    expect(fake.peek(secret("demo-ca"))).toEqual(authority);
  });

  it("is refused where nodes serve and their authority is gone", async () => {
    const { io } = place();
    await expect(issueCertificate({ name: "issueCertificate", mayFound: false }, io, spec)).rejects.toMatchObject({
      reason: "Refused",
    });
  });

  it("counts as missing when its Secret was spoilt", async () => {
    const { fake, io } = place();
    await issueCertificate({ name: "issueCertificate", mayFound: true }, io, spec);
    const made = fake.peek(secret("demo-tls"));
    const data = made?.["data"] as Readonly<Record<string, string>>;
    for (const key of ["tls.crt", "tls.key", "ca.crt"]) {
      const spoilt = {
        ...made,
        kind: "Secret",
        apiVersion: "v1",
        metadata: { name: "demo-tls" },
        data: { ...data, [key]: "" },
      };
      expect(certificateSeen(spoilt, now), key).toBeUndefined();
    }
  });
});

describe("another authority", () => {
  it("is trusted beside the old one, issues, and is trusted alone; what is done twice is done once", async () => {
    const { fake, io } = place();
    await issueCertificate({ name: "issueCertificate", mayFound: true }, io, spec);
    const text = (key: string): string =>
      Buffer.from((fake.peek(secret("demo-tls"))?.["data"] as Record<string, string>)[key] ?? "", "base64").toString();
    const old = text("ca.crt");
    const advance = async (times: number): Promise<void> => {
      const to = Array.from({ length: times }).reduce(stageAfter, firstStage);
      for (let twice = 0; twice < 2; twice += 1)
        await rotateAuthority({ name: "rotateAuthority", to, rotation: "op-1" }, io, spec);
      expect(certificateSeen(fake.peek(secret("demo-tls")), now)).toMatchObject({ stage: to, rotation: "op-1" });
    };
    await advance(1);
    expect(text("ca.crt").startsWith(old)).toBe(true);
    expect(inspectCertificate(text("tls.crt")).issuedBy(old)).toBe(true);
    const both = text("ca.crt");
    await advance(2);
    expect(text("ca.crt")).toBe(both);
    expect(inspectCertificate(text("tls.crt")).issuedBy(old)).toBe(false);
    await advance(3);
    expect(both.endsWith(text("ca.crt"))).toBe(true);
    expect(inspectCertificate(text("tls.crt")).issuedBy(text("ca.crt"))).toBe(true);
    const back = rotateAuthority({ name: "rotateAuthority", to: stageAfter(firstStage), rotation: "op-1" }, io, spec);
    await expect(back).rejects.toMatchObject({ reason: "Refused" });
  });

  it("is mounted by its mark, that of the one before being there still", async () => {
    const { fake, io } = place();
    const keys: (readonly string[])[] = [];
    for (let round = 0; round < 3; round += 1) {
      await issueCertificate({ name: "issueCertificate", mayFound: round === 0 }, io, spec);
      const made = fake.peek(secret("demo-tls"));
      const mark = `issued.${certificateSeen(made, now)?.fingerprint ?? ""}`;
      expect(JSON.stringify(statefulSet({ ...spec, certificate: mark.slice(7) }, { shard: 0, replicas: 1 }))).toContain(
        mark,
      );
      keys.push(Object.keys(made?.["data"] as object).filter((key) => key.startsWith("issued.")));
      expect(keys.at(-1)).toContain(mark);
    }
    expect(keys.map((each) => each.length)).toEqual([1, 2, 2]);
    expect(keys[2]?.filter((key) => keys[1]?.includes(key))).toHaveLength(1);
  });
});

describe("Secrets of the user's own", async () => {
  const [authority, stranger] = await Promise.all([createAuthority("one", now, 900), createAuthority("two", now, 900)]);
  const names = { serverSecretName: "server", peerSecretName: "peer", clientSecretName: "client" };
  const own = aSpec({ tls: { mode: "secret", ...names } });
  const asOwner = { engine: "user", name: "x", namespace: "shop", uid: "" };
  const make = async (name: string, by = authority, dnsNames: readonly string[] = []): Promise<KubeObject> => {
    const common = {
      authority: by,
      commonName: name,
      ipAddresses: [],
      usages: ["server", "client"] as const,
      now,
      days: 90,
    };
    const { cert, key } = await issue({ ...common, dnsNames });
    return keptSecret(asOwner, name, { texts: { "ca.crt": by.cert, "tls.crt": cert, "tls.key": key } });
  };
  const covering = ["demo.shop.svc", "*.demo-nodes.shop.svc"];
  const [server, peer, client] = await Promise.all([make("server", authority, covering), make("peer"), make("client")]);
  const seen = (secrets: readonly KubeObject[], at = now): ReturnType<typeof userCertificate> =>
    userCertificate(own, new Map(secrets.map((each) => [each.metadata.name, each])), at);

  it("are used where they fit together, and another of them is another to the nodes", async () => {
    const { certificate, problems } = seen([server, peer, client]);
    expect(problems).toEqual([]);
    expect(certificate).toMatchObject({ due: false, authorityNotAfter: undefined });
    const renewed = seen([server, await make("peer"), client]).certificate;
    expect(renewed?.fingerprint).not.toBe(certificate?.fingerprint);
    expect(seen([server, peer, client], new Date("2026-03-20T00:00:00Z")).certificate).toMatchObject({ due: true });
  });

  it.each<[what: string, secrets: () => Promise<readonly KubeObject[]>, at: Date, says: RegExp]>([
    ["one is not there", () => Promise.resolve([server, client]), now, /peerSecretName: Secret "peer" does not exist/u],
    [
      "names are missing",
      async () => [await make("server"), peer, client],
      now,
      /without the DNS names demo\.shop\.svc/u,
    ],
    ["one has expired", () => Promise.resolve([server, peer, client]), new Date("2026-06-01"), /expired on/u],
    [
      "nodes would not trust each other",
      async () => [server, await make("peer", stranger), client],
      now,
      /that one list/u,
    ],
    ["nobody could ask", async () => [server, peer, await make("client", stranger)], now, /without the authority/u],
  ])("are refused where %s", async (_, secrets, at, says) => {
    const { certificate, problems } = seen(await secrets(), at);
    expect(certificate).toBeUndefined();
    expect(problems.join("\n")).toMatch(says);
  });
});
