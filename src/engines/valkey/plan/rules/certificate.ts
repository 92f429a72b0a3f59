import { identityOf } from "../facts.ts";
import { act, block, type Rule, type Situation, type ValkeyStep } from "../rule.ts";

/**
 * There must be one before a node can start; one that ends within months is made anew, and the nodes take it up by a roll. The user's own must be usable
 * before anything relies on them.
 */
export const ensureCertificate: Rule = (situation) => {
  const { spec, seen, rotate } = situation;
  if (spec.tls.mode === "disabled") return undefined;
  if (spec.tls.mode === "secret") return refuseUnusable(situation);
  const { certificate } = seen;
  if (certificate === undefined) return act(issue(situation, "there is none that can be used"));
  if (rotate?.of === "certificates" && rotate.id !== undefined && certificate.rotation !== rotate.id)
    return act(issue(situation, "it is asked for", rotate.id));
  return certificate.due ? act(issue(situation, `it ends on ${certificate.notAfter.slice(0, 10)}`)) : undefined;
};

function refuseUnusable({ seen }: Situation): ReturnType<Rule> {
  const [first, ...rest] = seen.certificateProblems.map((message) => ({
    guard: "certificates-valid" as const,
    message,
    observed: "spec.tls.mode=secret",
  }));
  return first === undefined ? undefined : block(first, ...rest);
}

function issue({ spec, seen }: Situation, why: string, rotation = seen.certificate?.rotation): ValkeyStep {
  const stage = seen.certificate?.stage;
  return {
    kind: "command",
    id: "certificate/issue",
    title: "Issue the certificate of the nodes",
    why,
    command: {
      name: "issueCertificate",
      // A node reads whom it trusts when it starts: while there is none, nobody holds to the authority of before.
      mayFound: identityOf(spec, seen) === undefined || seen.pods.length === 0,
      ...(rotation === undefined ? {} : { rotation }),
      ...(stage === undefined ? {} : { stage }),
    },
  };
}

/** What is not ours to make anew. */
export const refuseRotation: Rule = ({ spec, rotate }) => {
  if (rotate === undefined || spec.tls.mode === "managed") return undefined;
  return block({
    guard: "certificates-managed",
    message:
      spec.tls.mode === "disabled"
        ? "TLS is disabled: there is no certificate to rotate"
        : "the certificates are yours: put others into your Secrets, and the next pass has the nodes take them up",
    observed: `spec.tls.mode is ${spec.tls.mode}`,
  });
};
