/** Steps that the rules of every engine take. */
import { types } from "../kube/objects.ts";
import type { Danger, Step } from "./step.ts";

export interface Reason {
  readonly why: string;
  readonly danger?: Danger;
}

/** What is deleted: this very one or none. */
interface One {
  readonly name: string;
  readonly uid: string;
}

interface Within {
  readonly namespace: string;
}

/** Its StatefulSet makes it anew. */
export function deletePod({ namespace }: Within, { name, uid }: One, reason: Reason): Step<never> {
  return {
    kind: "delete",
    id: `pod-delete/${name}`,
    title: `Restart ${name}`,
    ...reason,
    target: { type: types.pod, namespace, name },
    uid,
    propagation: "Background",
  };
}

export function deleteClaim({ namespace }: Within, { name, uid }: One, reason: Reason): Step<never> {
  return {
    kind: "delete",
    id: `claim-delete/${name}`,
    title: `Delete claim ${name} and the data in it`,
    ...reason,
    target: { type: types.claim, namespace, name },
    uid,
    propagation: "Background",
  };
}
