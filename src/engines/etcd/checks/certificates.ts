/** Whether certificates last. */
import type { Check } from "../../../checks/finding.ts";
import { counted, fail, notApplicable, pass, warn } from "../../../checks/verdicts.ts";
import { certificateSource } from "../names.ts";
import type { EtcdLooked } from "./operand.ts";

export const certificates: Check<EtcdLooked> = {
  id: "L3.etcd.certificates",
  title: "Certificates last",
  question: "Are all certificates there, and far from their end?",
  why: "on the day a certificate ends no member speaks to any other",
  judge: ({ spec, seen, now }) => {
    if (spec.tls.mode === "disabled")
      return notApplicable("TLS is disabled", [
        counted(`databasecluster.dbop.dev/${spec.name}`, "spec.tls.mode", "disabled"),
      ]);
    const { missing, problems, expiry, authorities } = seen.certificates;
    const evidence = [
      ...expiry.map(({ role, notAfter }) =>
        counted(`secret/${certificateSource(spec, role).secret}`, `notAfter of the ${role} certificate`, notAfter),
      ),
      ...authorities.map(({ name, notAfter }) =>
        counted("kubectl-dbop", `notAfter of the ${name} authority`, notAfter),
      ),
      ...problems.map((problem) => counted("secrets", "what is wrong with them", problem)),
    ];
    const rotate =
      spec.tls.mode === "secret"
        ? "a newer certificate in the Secret"
        : `kubectl dbop rotate ${spec.name} -n ${spec.namespace}`;
    const ended = expiry.filter(({ notAfter }) => Date.parse(notAfter) <= now.getTime());
    if (missing.length + problems.length + ended.length > 0)
      return fail(
        [
          ...missing.map((role) => `no ${role} certificate`),
          ...ended.map(({ role }) => `the ${role} certificate has ended`),
          ...problems,
        ].join("; "),
        evidence,
        rotate,
      );
    const due = expiry.filter((one) => one.due).map(({ role }) => role);
    if (due.length > 0) return warn(`it is time for a new ${due.join(", ")} certificate`, evidence, rotate);
    return pass("none ends soon", evidence);
  },
};
