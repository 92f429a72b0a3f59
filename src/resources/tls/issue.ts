/**
 * Makes certificates for managed TLS: ECDSA P-256 (the fastest handshake that every client knows), X.509 v3 as RFC 5280 has it.
 * In this folder: certificates as text, without any cluster. `@peculiar/x509` is heavy and loaded on the first call only.
 */
import { randomBytes, webcrypto } from "node:crypto";
import type * as X509 from "@peculiar/x509";
import { DbopError } from "../../errors.ts";
import { skewMilliseconds } from "./inspect.ts";

/** A certificate with its private key. */
export interface Pair {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS#8. A secret: never printed, logged or put into an error. */
  readonly key: string;
}

export interface CertificateRequest {
  readonly authority: Pair;
  /** Cut to 64 characters (RFC 5280, ub-common-name). */
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly usages: readonly ("server" | "client")[];
  readonly now: Date;
  /** Lifetime; cut where the authority's ends. */
  readonly days: number;
}

const dayMilliseconds = 24 * 3600_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A new self-signed authority that may sign end certificates only (path length 0). */
export async function createAuthority(commonName: string, now: Date, days: number): Promise<Pair> {
  const x509 = await library();
  const keys = await newKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: distinguishedName(commonName),
      ...validity(now, days),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { cert: pemText(cert), key: await privateKeyPem(keys.privateKey) };
}

/** A certificate signed by `authority`. Throws `Invalid` when the authority's certificate or key can't be read. */
export async function issueCertificate(request: CertificateRequest): Promise<Pair> {
  const x509 = await library();
  const issuer = await readAuthority(request.authority);
  const keys = await newKeys();
  const { notBefore, notAfter } = validity(request.now, request.days);
  const names = [
    ...request.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...request.ipAddresses.map((value) => ({ type: "ip" as const, value })),
  ];
  const usage = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };
  const cert = await x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: distinguishedName(request.commonName),
      issuer: issuer.cert.subjectName,
      notBefore,
      notAfter: issuer.cert.notAfter < notAfter ? issuer.cert.notAfter : notAfter,
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: issuer.key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(request.usages.map((each) => usage[each])),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.cert, false, webcrypto),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    },
    webcrypto,
  );
  return { cert: pemText(cert), key: await privateKeyPem(keys.privateKey) };
}

/** Its dependency injection needs the metadata shim first. */
async function library(): Promise<typeof X509> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

async function readAuthority({ cert, key }: Pair): Promise<{ cert: X509.X509Certificate; key: webcrypto.CryptoKey }> {
  const x509 = await library();
  try {
    const [der] = x509.PemConverter.decode(key);
    if (der === undefined) throw new Error("no PEM block");
    return {
      cert: new x509.X509Certificate(cert),
      key: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
    };
  } catch {
    // The cause may quote what it failed to read, which may be the key.
    throw new DbopError(
      "Invalid",
      "the certificate authority can't be read: it needs a PEM certificate and an ECDSA P-256 key in PKCS#8",
    );
  }
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** 126 random bits: positive, and never shorter than it looks (CA/Browser baseline asks for 64). */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  // X.509 counts whole seconds.
  const seconds = (time: number): Date => new Date(Math.floor(time / 1000) * 1000);
  return {
    notBefore: seconds(now.getTime() - skewMilliseconds),
    notAfter: seconds(now.getTime() + days * dayMilliseconds),
  };
}

function distinguishedName(commonName: string): { CN: string[] }[] {
  return [{ CN: [commonName.slice(0, 64)] }];
}

function pemText(certificate: X509.X509Certificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return ["-----BEGIN PRIVATE KEY-----", ...(der.match(/.{1,64}/gu) ?? []), "-----END PRIVATE KEY-----", ""].join("\n");
}
