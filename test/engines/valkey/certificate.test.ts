import { describe, expect, it } from "vitest";
import { certificateSeen, issueCertificate } from "../../../src/engines/valkey/certificate.ts";
import type { EngineIo } from "../../../src/engines/engine.ts";
import { types } from "../../../src/kube/objects.ts";
import { inspectCertificate } from "../../../src/resources/tls/inspect.ts";
import { FakeKube } from "../../support/fake-kube/fake-kube.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";

const spec = aSpec({ tls: "managed" });
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
