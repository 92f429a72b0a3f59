import { identityOf } from "../facts.ts";
import { act, block, type Rule } from "../rule.ts";

/** Members mount their certificates: without them no pod starts. The user's own must be usable before anything relies on them. */
export const ensureCertificates: Rule = ({ spec, seen }) => {
  const { problems, missing } = seen.certificates;
  if (spec.tls.mode === "disabled") return undefined;
  if (spec.tls.mode === "secret") {
    const [first, ...rest] = problems.map((message) => ({
      guard: "certificates-valid" as const,
      message,
      observed: "spec.tls.mode=secret",
    }));
    return first === undefined ? undefined : block(first, ...rest);
  }
  if (missing.length === 0) return undefined;
  return act({
    kind: "command",
    id: "certificates/issue",
    title: `Issue certificates: ${missing.join(", ")}`,
    why: "their Secrets are missing or hold no usable certificate",
    // A pod reads whom it trusts when it starts: while none is there, nobody holds to the old authorities.
    command: {
      name: "issueCertificates",
      roles: missing,
      mayFound: identityOf(spec, seen) === undefined || seen.pods.length === 0,
    },
  });
};

/** Certificates are renewed when less than a third of their time is left; members read the new files without a restart. */
export const renewCertificates: Rule = ({ spec, seen }) => {
  const due = seen.certificates.expiry.filter((certificate) => certificate.due);
  if (spec.tls.mode !== "managed" || due.length === 0) return undefined;
  return act({
    kind: "command",
    id: "certificates/renew",
    title: `Renew certificates: ${due.map((certificate) => certificate.role).join(", ")}`,
    why: `less than a third of their time is left (first ends ${due.map((certificate) => certificate.notAfter).toSorted()[0] ?? ""})`,
    command: {
      name: "issueCertificates",
      roles: due.map((certificate) => certificate.role),
      mayFound: false,
      stage: seen.certificates.stage,
    },
  });
};
