import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/kube/objects.ts";
import { createAuthority, issueCertificate, type Pair } from "../../src/resources/tls/issue.ts";
import { checkUserSecret } from "../../src/resources/tls/user-secret.ts";

const now = new Date("2026-03-01T12:00:00Z");
const later = new Date("2026-08-01T12:00:00Z");
const [authority, stranger] = await Promise.all([createAuthority("one", now, 3650), createAuthority("two", now, 100)]);

const issue = (days: number, dnsNames: readonly string[]): Promise<Pair> =>
  issueCertificate({ authority, commonName: "demo", dnsNames, ipAddresses: [], usages: ["server"], now, days });

const wanted = ["*.demo-members.shop.svc", "demo.shop.svc"];
const [good, narrow, wild] = await Promise.all([
  issue(90, wanted),
  issue(90, ["demo.shop.svc"]),
  issue(90, ["*.shop.svc", "*.demo-members.shop.svc"]),
]);

type Files = Readonly<Record<string, string>>;
const files = (pair: Pair, ca: string = authority.cert): Files => ({
  "ca.crt": ca,
  "tls.crt": pair.cert,
  "tls.key": pair.key,
});

function secret(data: Files): KubeObject {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "demo-tls" }, type: "kubernetes.io/tls", data: encoded };
}

const check = (data: Files, at: Date = now): readonly string[] =>
  checkUserSecret({ secret: secret(data), field: "spec.tls.serverSecretName", now: at, wantedDnsNames: wanted }).map(
    ({ message }) => message,
  );

const broken: readonly (readonly [what: string, data: Files, at: Date, says: readonly string[]])[] = [
  ["is empty", {}, now, ["has no ca.crt, tls.crt, tls.key"]],
  ["lacks the authority", { "tls.crt": good.cert, "tls.key": good.key }, now, ["has no ca.crt"]],
  ["has expired", files(good), later, ["tls.crt that expired on 2026-05-30T12:00:00.000Z"]],
  ["is not valid yet", files(good), new Date("2026-02-01T00:00:00Z"), ["valid only from 2026-03-01T11:55:00.000Z"]],
  [
    "has another's key",
    { ...files(good), "tls.key": narrow.key },
    now,
    ["tls.key that does not belong to its tls.crt"],
  ],
  ["has another's authority", files(good, stranger.cert), now, ["tls.crt that no authority in its ca.crt issued"]],
  [
    "has an end certificate for an authority",
    files(good, narrow.cert),
    now,
    ["ca.crt that is no certificate authority", "no authority in its ca.crt"],
  ],
  ["lacks a name", files(narrow), now, ["without the DNS names *.demo-members.shop.svc"]],
  [
    "holds rubbish",
    { "ca.crt": "x", "tls.crt": "y", "tls.key": "z" },
    now,
    ["ca.crt that is not a PEM", "tls.crt that is not a PEM"],
  ],
  [
    "is wrong in many ways",
    { ...files(narrow, stranger.cert), "tls.key": good.key },
    later,
    ["ca.crt that expired", "tls.crt that expired", "DNS names", "does not belong", "no authority"],
  ],
];

describe("checkUserSecret", () => {
  it("finds nothing wrong with what fits", () => {
    expect(check(files(good))).toEqual([]);
    expect(check(files(wild))).toEqual([]);
    expect(check(files(good, `${stranger.cert}${authority.cert}`))).toEqual([]);
  });

  it.each(broken)("complains when it %s", (_what, data, at, says) => {
    const messages = check(data, at).filter((message) => !message.includes("ca.crt that is valid only"));
    expect(messages).toEqual(says.map((text) => expect.stringContaining(text) as string));
  });

  it("names the field and the Secret, and no key", () => {
    const problems = checkUserSecret({
      secret: secret({ ...files(good), "tls.key": narrow.key }),
      field: "spec.tls.peerSecretName",
      now,
      wantedDnsNames: [],
    });
    expect(problems).toEqual([
      {
        field: "spec.tls.peerSecretName",
        value: "demo-tls",
        message: 'Secret "demo-tls" holds a tls.key that does not belong to its tls.crt',
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain("PRIVATE");
  });
});
