/** Reads certificates, whoever made them, with Node's own X.509: light enough for every observation. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { DbopError } from "../../errors.ts";

export interface Certificate {
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly isCa: boolean;
  /** Whether an authority in `caPem` (a bundle may hold several) signed it and may sign; what can't be read is none. */
  readonly issuedBy: (caPem: string) => boolean;
  /** Whether it belongs to this private key; false for a key that can't be read. */
  readonly matchesKey: (keyPem: string) => boolean;
}

const dayMilliseconds = 24 * 3600_000;
/** Clocks of machines differ: a certificate of ours is valid from this long before it was made. */
export const skewMilliseconds = 5 * 60_000;

/** What the first certificate in `pem` says. Throws `Invalid` when there is none; the message never quotes `pem`. */
export function inspectCertificate(pem: string): Certificate {
  const certificate = parse(pem);
  return {
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    ...alternativeNames(certificate.subjectAltName),
    isCa: certificate.ca,
    issuedBy: (caPem) => blocks(caPem).some((block) => signed(read(block), certificate)),
    matchesKey: (keyPem) => matches(certificate, keyPem),
  };
}

/** Whole days until `notAfter`, rounded down: 0 on its last day, negative once it has passed. */
export function daysLeft(notAfter: Date, now: Date): number {
  return Math.floor((notAfter.getTime() - now.getTime()) / dayMilliseconds);
}

/**
 * Whether it is time to issue it anew: when less than a third of its lifetime is left, as cert-manager's default has it. A
 * certificate for a year is then renewed four months ahead, so that a pass each quarter is often enough.
 */
export function dueForRenewal(
  { notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">,
  now: Date,
): boolean {
  return notAfter.getTime() - now.getTime() < (notAfter.getTime() - notBefore.getTime()) / 3;
}

function parse(pem: string): X509Certificate {
  const first = blocks(pem)[0];
  const certificate = first === undefined ? undefined : read(first);
  if (certificate === undefined) throw new DbopError("Invalid", "not a certificate in PEM form");
  return certificate;
}

/** Undefined for what is no certificate: the error would quote it. */
function read(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}

/** The certificates of a bundle; other blocks, such as a key, are passed over. */
function blocks(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
}

function signed(authority: X509Certificate | undefined, certificate: X509Certificate): boolean {
  return authority?.ca === true && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function matches(certificate: X509Certificate, keyPem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

/** Node renders them as `DNS:a, IP Address:127.0.0.1`, and quotes a name that holds a comma (CVE-2021-44532). */
function alternativeNames(text: string | undefined): Pick<Certificate, "dnsNames" | "ipAddresses"> {
  const names = text?.match(/[^,"\s][^,"]*(?:"[^"]*")?/gu) ?? [];
  const of = (prefix: string): readonly string[] =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return { dnsNames: of("DNS:"), ipAddresses: of("IP Address:") };
}
