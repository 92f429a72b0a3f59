/** L3.11: whether volumes can grow. */
import { field, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { both, fail, given, pass, read, unknown, warn } from "../verdicts.ts";

export const storage: Check<Observation> = {
  id: "L3.11",
  title: "Volumes can grow",
  question: "Are all its claims bound, and does their storage class let them grow?",
  why: "a full volume stops a database, and a class that can't grow makes a migration out of an edit",
  judge: ({ claims, storageClass }) =>
    given(claims, (found) => {
      if (found.length === 0)
        return unknown("a PersistentVolumeClaim that belongs to it", "it has no claims whose class could be told");
      const unbound = found.filter((claim) => textField(claim["status"], "phase") !== "Bound");
      const evidence = found.map((claim) =>
        read(claim, "status.phase", textField(claim["status"], "phase") || undefined),
      );
      if (unbound.length > 0)
        return fail(
          `${String(unbound.length)} of ${String(found.length)} claims are not bound`,
          evidence,
          "kubectl describe pvc of those that are not bound",
        );
      return given(both(storageClass, claims), ([one]) => judgeClass(one, evidence));
    }),
};

function judgeClass(storageClass: KubeObject | undefined, evidence: Finding["evidence"]): Finding {
  if (storageClass === undefined)
    return warn(
      "the claims name no storage class that is there",
      evidence,
      "a storage class with allowVolumeExpansion: true",
    );
  const grows = field(storageClass, "allowVolumeExpansion");
  const all = [...evidence, read(storageClass, "allowVolumeExpansion", grows)];
  if (grows === true) return pass("claims can grow in place", all);
  return warn(
    "claims of this class can't grow",
    all,
    "allowVolumeExpansion: true in a storage class whose driver can do it",
  );
}
