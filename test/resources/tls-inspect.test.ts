import { describe, expect, it } from "vitest";
import { daysLeft, dueForRenewal, inspectCertificate } from "../../src/resources/tls/inspect.ts";
import { createAuthority, issueCertificate } from "../../src/resources/tls/issue.ts";

const now = new Date("2026-03-01T12:00:00Z");
const [authority, other] = await Promise.all([createAuthority("one", now, 100), createAuthority("one", now, 100)]);
const request = {
  commonName: "demo",
  dnsNames: ["a.example"],
  ipAddresses: [],
  usages: ["server" as const],
  now,
  days: 90,
};
const pair = await issueCertificate({ authority, ...request });

describe("inspectCertificate", () => {
  it("tells the issuer from a namesake", () => {
    const certificate = inspectCertificate(pair.cert);
    expect(certificate.issuedBy(authority.cert)).toBe(true);
    expect(certificate.issuedBy(other.cert)).toBe(false);
  });

  it("finds the issuer in a bundle", () => {
    expect(inspectCertificate(pair.cert).issuedBy(`# old\n${other.cert}# new\n${authority.cert}`)).toBe(true);
  });

  it("lets no end certificate be an issuer", () => {
    expect(inspectCertificate(pair.cert).issuedBy(pair.cert)).toBe(false);
  });

  it("reads the first certificate of a chain", () => {
    expect(inspectCertificate(`${pair.cert}${authority.cert}`).dnsNames).toEqual(["a.example"]);
  });

  it("tells its key from another", () => {
    const certificate = inspectCertificate(pair.cert);
    expect(certificate.matchesKey(pair.key)).toBe(true);
    expect(certificate.matchesKey(authority.key)).toBe(false);
    expect(certificate.matchesKey("rubbish")).toBe(false);
  });

  it.each(["", "rubbish", "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n", pair.key])(
    "refuses rubbish without quoting it",
    (pem) => {
      expect(() => inspectCertificate(pem)).toThrow(
        expect.objectContaining({ reason: "Invalid", message: "not a certificate in PEM form" }),
      );
      expect(() => inspectCertificate(pem)).not.toThrow(
        expect.objectContaining({ cause: expect.anything() as unknown }),
      );
    },
  );

  it.each(["rubbish", "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n"])(
    "takes what can't be read for no issuer",
    (caPem) => {
      expect(inspectCertificate(pair.cert).issuedBy(caPem)).toBe(false);
      expect(inspectCertificate(pair.cert).issuedBy(`${caPem}${authority.cert}`)).toBe(true);
    },
  );

  it("counts a name with a comma as one", async () => {
    const odd = await issueCertificate({ authority, ...request, dnsNames: ["a, DNS:evil.example", "b.example"] });
    expect(inspectCertificate(odd.cert).dnsNames).not.toContain("evil.example");
    expect(inspectCertificate(odd.cert).dnsNames).toContain("b.example");
  });
});

describe("daysLeft", () => {
  it.each([
    ["2026-03-31T12:00:00Z", 30],
    ["2026-03-02T11:59:59Z", 0],
    ["2026-03-01T12:00:00Z", 0],
    ["2026-03-01T11:00:00Z", -1],
  ])("until %s is %i", (notAfter, days) => {
    expect(daysLeft(new Date(notAfter), now)).toBe(days);
  });
});

describe("dueForRenewal", () => {
  const certificate = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2026-03-31T00:00:00Z") };

  it.each([
    ["2026-01-01T00:00:00Z", false],
    ["2026-03-01T00:00:00Z", false],
    ["2026-03-01T16:00:00Z", true],
    ["2026-03-31T00:00:00Z", true],
    ["2027-01-01T00:00:00Z", true],
  ])("at %s is %s", (at, due) => {
    expect(dueForRenewal(certificate, new Date(at))).toBe(due);
  });
});
