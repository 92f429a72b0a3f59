// @peculiar/x509 asks for this before it is loaded.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  cryptoProvider,
} from "@peculiar/x509";
import type { X509Certificate } from "@peculiar/x509";
import type { Layout } from "./layout.ts";
import { network } from "./network.ts";
import type { Wire } from "./state.ts";

/** A certificate and its key as PEM text. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Pki {
  readonly authority: string;
  readonly admin: KeyPair;
  readonly kubelet: KeyPair;
  /** The folder with `ca.crt` and `<name>.crt`, `<name>.key` for apiserver, admin, kubelet; and `sa.key`, `sa.pub`. */
  readonly folder: string;
}

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const oneYearMs = 365 * 24 * 3600 * 1000;

/** Makes a new certificate authority and everything it must sign for one cluster, and writes it down. */
export async function makePki(layout: Layout, wire: Wire): Promise<Pki> {
  cryptoProvider.set(webcrypto);
  const folder = join(layout.run, "pki");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys = await generateKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: "CN=dbop-test-ca",
    keys,
    ...validity(),
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const sign = async (file: string, name: string, addresses: readonly string[] = []): Promise<KeyPair> => {
    const pair = await signed({ authority, signingKey: keys.privateKey, name, addresses });
    await writeFile(join(folder, `${file}.crt`), pair.certificate);
    await writeFile(join(folder, `${file}.key`), pair.key, { mode: 0o600 });
    return pair;
  };
  const [admin, kubelet] = await Promise.all([
    sign("admin", "O=system:masters, CN=admin"),
    sign("kubelet", `O=system:nodes, CN=system:node:${network.nodeName}`),
    sign("apiserver", "CN=kube-apiserver", [
      "127.0.0.1",
      wire.nodeAddress,
      network.apiServiceAddress,
      network.nodeAddress,
      ...["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
      "kubernetes.default.svc.cluster.local",
    ]),
  ]);
  await writeFile(join(folder, "ca.crt"), authority.toString("pem"));
  const tokens = await generateKeys();
  await writeFile(join(folder, "sa.key"), await privatePem(tokens.privateKey), { mode: 0o600 });
  await writeFile(join(folder, "sa.pub"), await publicPem(tokens.publicKey));
  return { authority: authority.toString("pem"), admin, kubelet, folder };
}

interface Signing {
  readonly authority: X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
  readonly name: string;
  readonly addresses: readonly string[];
}

async function signed({ authority, signingKey, name, addresses }: Signing): Promise<KeyPair> {
  const keys = await generateKeys();
  const names = addresses.map((value) => ({
    type: /^[\d.]+$/.test(value) ? ("ip" as const) : ("dns" as const),
    value,
  }));
  const certificate = await X509CertificateGenerator.create({
    subject: name,
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey,
    ...validity(),
    extensions: [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await privatePem(keys.privateKey) };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function publicPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey("spki", key), "PUBLIC KEY");
}

function validity(): { notBefore: Date; notAfter: Date; signingAlgorithm: typeof keyAlgorithm } {
  const now = Date.now();
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + oneYearMs), signingAlgorithm: keyAlgorithm };
}
