import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { inspectCertificate } from "../../src/resources/tls/inspect.ts";
import {
  createAuthority,
  issueCertificate,
  type CertificateRequest,
  type Pair,
} from "../../src/resources/tls/issue.ts";

// Handshakes look at the machine's clock; everything else is as of this day.
const now = new Date();
const authority = await createAuthority("demo.shop client CA", now, 3650);

const issue = (changes: Partial<CertificateRequest> = {}): Promise<Pair> =>
  issueCertificate({
    authority,
    commonName: "demo",
    dnsNames: ["*.demo-members.shop.svc", "localhost"],
    ipAddresses: ["127.0.0.1", "::1"],
    usages: ["server", "client"],
    now,
    days: 365,
    ...changes,
  });

describe("createAuthority", () => {
  it("makes an authority for end certificates that signs itself", () => {
    const ca = inspectCertificate(authority.cert);
    expect(ca.isCa).toBe(true);
    expect(ca.issuedBy(authority.cert)).toBe(true);
    expect(ca.matchesKey(authority.key)).toBe(true);
    expect(new X509Certificate(authority.cert).subject).toBe("CN=demo.shop client CA");
  });

  it("cuts names that X.509 can't hold", async () => {
    const long = await createAuthority("x".repeat(100), now, 1);
    expect(new X509Certificate(long.cert).subject).toBe(`CN=${"x".repeat(64)}`);
  });
});

describe("issueCertificate", () => {
  it("bears the names, the key and the issuer", async () => {
    const pair = await issue();
    const certificate = inspectCertificate(pair.cert);
    expect(certificate).toMatchObject({
      dnsNames: ["*.demo-members.shop.svc", "localhost"],
      ipAddresses: ["127.0.0.1", "0:0:0:0:0:0:0:1"],
      isCa: false,
    });
    expect(certificate.matchesKey(pair.key)).toBe(true);
    expect(certificate.issuedBy(authority.cert)).toBe(true);
    expect(new X509Certificate(pair.cert).publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(new X509Certificate(pair.cert).keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  });

  it("may bear no names and only be a client", async () => {
    const { cert } = await issue({ dnsNames: [], ipAddresses: [], usages: ["client"] });
    expect(inspectCertificate(cert)).toMatchObject({ dnsNames: [], ipAddresses: [] });
    expect(new X509Certificate(cert).keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  });

  it("is valid from five minutes ago, in whole seconds, and no longer than its authority", async () => {
    const at = new Date("2026-03-01T12:00:00.750Z");
    const short = await createAuthority("short", at, 10);
    const { notBefore, notAfter } = inspectCertificate((await issue({ authority: short, now: at, days: 5 })).cert);
    expect(notBefore.toISOString()).toBe("2026-03-01T11:55:00.000Z");
    expect(notAfter.toISOString()).toBe("2026-03-06T12:00:00.000Z");
    const cut = inspectCertificate((await issue({ authority: short, now: at, days: 90 })).cert);
    expect(cut.notAfter.toISOString()).toBe("2026-03-11T12:00:00.000Z");
  });

  it("never gives a serial number twice", async () => {
    const serials = await Promise.all(
      Array.from({ length: 20 }, async () => new X509Certificate((await issue()).cert).serialNumber),
    );
    expect(new Set(serials).size).toBe(20);
    expect(serials.every((serial) => /^[4-7][0-9A-F]{31}$/u.test(serial))).toBe(true);
  });

  it.each(["rubbish", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"])(
    "refuses a broken authority without quoting its key",
    async (key) => {
      const failure = await issue({ authority: { cert: authority.cert, key } }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ reason: "Invalid" });
      expect(failure).not.toHaveProperty("cause");
      expect(String(failure)).not.toContain("c2VjcmV0");
    },
  );
});

async function handshake(server: Pair, client: Pair, trusted: string): Promise<string> {
  const listener = createServer(
    { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    (socket) => {
      socket.end("welcome");
    },
  );
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const socket: TLSSocket = connect({ host: "127.0.0.1", port, servername: "localhost", ...client, ca: trusted });
  const welcome = new Promise<string>((resolve, reject) => {
    socket.once("data", (data: Buffer) => {
      resolve(data.toString());
    });
    socket.once("error", reject);
    socket.once("close", () => {
      reject(new Error("closed without a word"));
    });
  });
  return welcome.finally(() => {
    socket.destroy();
    listener.close();
  });
}

describe("a mutual handshake", () => {
  it("succeeds between certificates of one authority", async () => {
    const client = await issue({ dnsNames: [], ipAddresses: [], usages: ["client"] });
    expect(await handshake(await issue(), client, authority.cert)).toBe("welcome");
  });

  it("fails for a client of another authority", async () => {
    const stranger = await issue({ authority: await createAuthority("stranger", now, 1), usages: ["client"] });
    await expect(handshake(await issue(), stranger, authority.cert)).rejects.toThrow();
  });

  it("fails for a client that does not know the authority", async () => {
    const other = await createAuthority("other", now, 1);
    await expect(handshake(await issue(), await issue(), other.cert)).rejects.toThrow(/self-signed|unable to/u);
  });

  it("fails for a server certificate used as a client's", async () => {
    await expect(handshake(await issue(), await issue({ usages: ["server"] }), authority.cert)).rejects.toThrow();
  });
});
