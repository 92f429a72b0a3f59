/** What the API server says of a claim and of its volume. Pure. */
import { parseQuantity } from "../api/quantity.ts";
import { field, listField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import { isOurs, type Owner } from "./labels.ts";

export interface LiveClaim {
  readonly name: string;
  readonly uid: string;
  /** Bears the uid of our DatabaseCluster. */
  readonly ours: boolean;
  readonly terminating: boolean;
  /** The size asked for, as written in the claim. */
  readonly requested: string;
  readonly requestedBytes: number;
  readonly capacityBytes: number | undefined;
  /** The volume has grown but its file system waits for the pod to restart. */
  readonly restartToResize: boolean;
}

export function liveClaim(owner: Owner, claim: KubeObject): LiveClaim {
  const { name, uid, deletionTimestamp } = claim.metadata;
  const requested = textField(field(field(claim["spec"], "resources"), "requests"), "storage");
  return {
    name,
    uid: uid ?? "",
    ours: isOurs(owner, claim),
    terminating: deletionTimestamp !== undefined,
    requested,
    requestedBytes: parseQuantity(requested) ?? 0,
    capacityBytes: parseQuantity(textField(field(claim["status"], "capacity"), "storage")),
    restartToResize: listField(claim["status"], "conditions").some(
      (condition) =>
        textField(condition, "type") === "FileSystemResizePending" && textField(condition, "status") === "True",
    ),
  };
}
