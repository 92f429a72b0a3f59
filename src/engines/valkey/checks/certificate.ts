/** Whether the certificate lasts. */
import type { Check } from "../../../checks/finding.ts";
import { counted, fail, notApplicable, pass, warn } from "../../../checks/verdicts.ts";
import { certificateSecretName, userSecrets } from "../names.ts";
import type { ValkeyLooked } from "./operand.ts";

export const certificate: Check<ValkeyLooked> = {
  id: "L3.valkey.certificate",
  title: "The certificate lasts",
  question: "Is the certificate of the nodes there, and far from its end?",
  why: "on the day it ends no node speaks to any other",
  judge: ({ spec, seen, now }) => {
    if (spec.tls.mode === "disabled")
      return notApplicable("TLS is disabled", [
        counted(`databasecluster.dbop.dev/${spec.name}`, "spec.tls.mode", "disabled"),
      ]);
    const own = userSecrets(spec);
    const secret = `secret/${own?.server ?? certificateSecretName(spec)}`;
    const rotate =
      own === undefined
        ? `kubectl dbop rotate ${spec.name} -n ${spec.namespace} --certificates`
        : `put a certificate that lasts longer into ${secret}`;
    const [problem] = seen.certificateProblems;
    if (problem !== undefined) return fail(problem, [counted(secret, "tls.crt", "as it is")], rotate);
    if (seen.certificate === undefined)
      return fail(
        "there is none that could be used",
        [counted(secret, "tls.crt", undefined)],
        `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`,
      );
    const { notAfter, authorityNotAfter, due } = seen.certificate;
    const evidence = [
      counted(secret, "notAfter of tls.crt", notAfter),
      counted(secret, "notAfter of its authority", authorityNotAfter),
    ];
    if (Date.parse(notAfter) <= now.getTime()) return fail("it has ended", evidence, rotate);
    return due ? warn("it is time for a new one", evidence, rotate) : pass("it does not end soon", evidence);
  },
};
