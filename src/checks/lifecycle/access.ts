/** L3.12: who may connect. */
import { field, textField } from "../../kube/fields.ts";
import type { Check } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { selects } from "../selector.ts";
import { givenTemplates } from "../templates.ts";
import { fail, given, pass, read, unknown } from "../verdicts.ts";

/** TLS of kubectl-dbop's own demands a certificate or a password of everybody; of others only a NetworkPolicy is seen. */
export const access: Check<Observation> = {
  id: "L3.12",
  title: "Not open to everybody",
  question: "Is the database encrypted on the wire, or is it at least told by a NetworkPolicy who may connect?",
  why: "without either, whatever runs in the cluster reads and writes the data",
  judge: (observation) => {
    const { policies, manager, subject } = observation;
    const own = manager.kind === "kubectl-dbop" ? manager.cluster : undefined;
    const tls = own && read(subject, "spec.tls.mode", own.spec.tls.mode);
    if (tls !== undefined && own?.spec.tls.mode !== "disabled")
      return pass("everything on the wire is encrypted and authenticated", [tls]);
    return given(policies, (found) =>
      givenTemplates(observation, (templates) => {
        const guarding = found.filter((policy) =>
          templates.every(({ labels }) => selects(field(policy["spec"], "podSelector"), labels)),
        );
        const evidence = [
          ...(tls === undefined ? [] : [tls]),
          ...guarding.map((policy) => read(policy, "spec.policyTypes", field(policy["spec"], "policyTypes"))),
        ];
        if (guarding.length > 0) return pass("a NetworkPolicy says who may connect", evidence);
        if (tls === undefined)
          return unknown(
            "how its operator encrypts",
            `no NetworkPolicy selects its pods in ${textField(subject.metadata, "namespace")}`,
          );
        return fail(
          "it is not encrypted, and no NetworkPolicy says who may connect",
          evidence,
          "a NetworkPolicy that selects its pods; tls.mode is chosen at the install",
        );
      }),
    );
  },
};
