import { daysLeft } from "../../../../resources/tls/inspect.ts";
import { identityOf } from "../facts.ts";
import { act, block, type Rule, type Situation, type ValkeyStep } from "../rule.ts";

/** There must be one before a node can start; one that ends within months is made anew, and the nodes take it up by a roll. */
export const ensureCertificate: Rule = (situation) => {
  const { spec, seen, rotate } = situation;
  if (spec.tls === "disabled") return undefined;
  const { certificate } = seen;
  if (certificate === undefined) return act(issue(situation, "there is none that can be used"));
  if (rotate?.of === "certificates" && rotate.id !== undefined && certificate.rotation !== rotate.id)
    return act(issue(situation, "it is asked for", rotate.id));
  return certificate.due ? act(issue(situation, `it ends on ${certificate.notAfter.slice(0, 10)}`)) : undefined;
};

function issue({ spec, seen }: Situation, why: string, rotation = seen.certificate?.rotation): ValkeyStep {
  return {
    kind: "command",
    id: "certificate/issue",
    title: "Issue the certificate of the nodes",
    why,
    command: {
      name: "issueCertificate",
      mayFound: identityOf(spec, seen) === undefined,
      ...(rotation === undefined ? {} : { rotation }),
    },
  };
}

/** What can't be made anew, or not yet. */
export const refuseRotation: Rule = ({ spec, rotate }) => {
  if (rotate === undefined || (spec.tls === "managed" && rotate.of === "certificates")) return undefined;
  return block({
    guard: "certificates-managed",
    message:
      spec.tls === "disabled"
        ? "TLS is disabled: there is no certificate to rotate"
        : "another authority is not supported for Valkey yet; rotate --certificates makes the certificate anew",
    observed: `spec.tls.mode is ${spec.tls}`,
  });
};

/** New certificates can't outlive their authority. */
export function authorityDaysLeft({ seen, now }: Pick<Situation, "seen" | "now">): number | undefined {
  return seen.certificate === undefined ? undefined : daysLeft(new Date(seen.certificate.authorityNotAfter), now);
}
