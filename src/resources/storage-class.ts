import { parseQuantity } from "../api/quantity.ts";
import { isDbopError } from "../errors.ts";
import { field, textField } from "../kube/fields.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { types, type KubeObject } from "../kube/objects.ts";

/**
 * Whether the storage class of the claims lets them grow; asked only when one is smaller than wished. A class that can't be found
 * lets nothing grow; one that may not be read is left to the API server, which refuses a claim that may not grow.
 */
export async function observeExpandable(
  read: Pick<KubeClient, "get">,
  wishedBytes: number,
  claims: readonly KubeObject[],
): Promise<boolean | undefined> {
  const small = claims.find((claim) => requestedBytes(claim) < wishedBytes);
  if (small === undefined) return undefined;
  const className = textField(small["spec"], "storageClassName");
  if (className === "") return false;
  try {
    const storageClass = await read.get({ type: types.storageClass, name: className });
    return storageClass?.["allowVolumeExpansion"] === true;
  } catch (error) {
    if (isDbopError(error, "Forbidden")) return undefined;
    throw error;
  }
}

function requestedBytes(claim: KubeObject): number {
  return parseQuantity(textField(field(field(claim["spec"], "resources"), "requests"), "storage")) ?? 0;
}
