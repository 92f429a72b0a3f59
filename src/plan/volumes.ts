/** Volumes that are to have another size, as every engine has them. Pure. */
import type { KubeObject } from "../kube/objects.ts";
import { act, block, waitFor, type Decision } from "./decision.ts";

/** Of the claims that are in use. */
export interface Volume {
  readonly name: string;
  /** The size asked for, as written in the claim. */
  readonly requested: string;
  readonly requestedBytes: number;
  readonly capacityBytes: number | undefined;
  readonly restartToResize: boolean;
}

export interface SizeWish {
  readonly storage: { readonly size: string; readonly bytes: number };
  /** Whether the storage class lets claims grow; undefined when nobody knows. */
  readonly expandable: boolean | undefined;
}

/** What no volume does. */
export function refuseSize({ storage, expandable }: SizeWish, volumes: readonly Volume[]): Decision<never> | undefined {
  const larger = volumes.find((volume) => volume.requestedBytes > storage.bytes);
  if (larger !== undefined)
    return block({
      guard: "no-shrink-volume",
      message: `a volume can't shrink: set spec.storage.size to at least ${larger.requested}`,
      observed: `${larger.name} asks for ${larger.requested}, spec.storage.size is ${storage.size}`,
    });
  const small = volumes.find((volume) => volume.requestedBytes < storage.bytes);
  if (small === undefined || expandable !== false) return undefined;
  return block({
    guard: "volume-expansion-allowed",
    message: `the storage class of the claims does not allow them to grow: they stay at ${small.requested}`,
    observed: `allowVolumeExpansion of the class of ${small.name} is not true`,
  });
}

/** Volumes grow by their claims; `intent` is a claim as it is to be. Undefined when all are as large as wished, or wait for a restart only. */
export function growTo<V extends Volume>(
  wish: SizeWish,
  volumes: readonly V[],
  intent: (volume: V) => KubeObject,
): Decision<never> | undefined {
  const refused = refuseSize(wish, volumes);
  if (refused !== undefined) return refused;
  const { size, bytes } = wish.storage;
  const small = volumes.filter((volume) => volume.requestedBytes < bytes);
  if (small.length > 0)
    return act({
      kind: "apply",
      id: `claims-grow/${size}`,
      title: `Grow ${small.map(({ name }) => name).join(", ")} to ${size}`,
      why: `they ask for ${small[0]?.requested ?? ""}`,
      objects: small.map(intent),
    });
  const growing = volumes.find((volume) => (volume.capacityBytes ?? bytes) < bytes && !volume.restartToResize);
  return growing && waitFor(`${growing.name} has grown`, `its capacity is ${String(growing.capacityBytes)} bytes`);
}
