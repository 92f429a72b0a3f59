import { modeText, parseMode, sealed } from "../config-mode.ts";
import { idOf } from "../names.ts";
import type { ClaimSeen, EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import type { StartPlan } from "../resources/config-map.ts";
import { claimAt, identityOf, lastKnownReplicas, members, ordinals, podAt } from "./facts.ts";

/** What the ConfigMap is to say of starts. */
export function wishedStarts(spec: EtcdSpec, seen: EtcdSeen): StartPlan {
  const modes = wishedModes(spec, seen);
  const clusterId = identityOf(spec, seen);
  const formed = clusterId !== undefined;
  return {
    modes,
    restarts: wishedRestarts(seen, modes),
    clusterId,
    replacedBy: formed ? replacedBy(spec, seen) : undefined,
  };
}

/** Told once the cluster has formed, by whatever it came from last. */
export function replacedBy(
  { replacement }: Pick<EtcdSpec, "replacement">,
  { config }: Pick<EtcdSeen, "config">,
): string | undefined {
  return replacement === undefined ? config?.replacedBy : idOf(replacement);
}

/** A pod that is there when its member's mode changes has the old one mounted. */
function wishedRestarts(seen: EtcdSeen, modes: Readonly<Record<number, string>>): Readonly<Record<number, string>> {
  const joining = members(seen).flatMap((member) =>
    member.started || member.ordinal === undefined ? [] : [member.ordinal],
  );
  return Object.fromEntries(
    joining.flatMap((ordinal) => {
      const changes = seen.config?.modes[ordinal] !== modes[ordinal];
      const uid = seen.config?.restarts[ordinal] ?? (changes ? podAt(seen, ordinal)?.uid : undefined);
      return uid === undefined ? [] : [[ordinal, uid]];
    }),
  );
}

/**
 * How each member is to start from an empty directory, by ordinal. Before the cluster has formed: the static bootstrap of the size that
 * was begun. Afterwards: sealed for all that have joined, and for one that was just added the list of members it joins.
 * While the membership is unknown nothing changes, except that nothing is new any more.
 */
export function wishedModes(spec: EtcdSpec, seen: EtcdSeen): Readonly<Record<number, string>> {
  if (identityOf(spec, seen) === undefined) return bootstrapModes(spec, seen.config?.modes ?? {});
  const present = withoutNew(seen.config?.modes ?? {});
  if (!seen.membership.known)
    return Object.keys(present).length > 0 ? present : sealedModes(ordinals(lastKnownReplicas(seen)));
  const known = members(seen).flatMap((member) =>
    member.ordinal === undefined ? [] : [{ ...member, ordinal: member.ordinal }],
  );
  const list = known.map((member) => member.ordinal).toSorted((a, b) => a - b);
  return Object.fromEntries(
    known.map(({ ordinal, id, started }) => {
      const joined = started && claimAt(seen, ordinal)?.memberId === id;
      if (joined) return [ordinal, sealed(ordinal)];
      // One that has started and is not yet recorded keeps what it started with.
      if (started) return [ordinal, present[ordinal] ?? sealed(ordinal)];
      // On a claim that is still to go it must not join: it would lose what it had just begun to write.
      if (isLeftover(claimAt(seen, ordinal), id)) return [ordinal, sealed(ordinal)];
      return [ordinal, modeText({ state: "existing", ordinals: list })];
    }),
  );
}

function isLeftover(claim: ClaimSeen | undefined, memberId: string): boolean {
  return claim !== undefined && (claim.terminating || (claim.memberId ?? memberId) !== memberId);
}

function bootstrapModes(spec: EtcdSpec, present: Readonly<Record<number, string>>): Readonly<Record<number, string>> {
  // Its data is there already: were it lost, an empty member must not stand in for it.
  if (spec.bootstrap !== undefined) return sealedModes([0]);
  const begun = Object.values(present)
    .map(parseMode)
    .find((mode) => mode?.state === "new");
  const list = begun?.ordinals ?? ordinals(spec.replicas);
  return Object.fromEntries(list.map((ordinal) => [ordinal, modeText({ state: "new", ordinals: list })]));
}

/** Once the cluster has formed nothing starts as new, even if the run that recorded it ended half-way. */
function withoutNew(modes: Readonly<Record<number, string>>): Readonly<Record<number, string>> {
  return Object.fromEntries(
    Object.entries(modes).map(([ordinal, mode]) => [
      ordinal,
      parseMode(mode)?.state === "new" ? sealed(Number(ordinal)) : mode,
    ]),
  );
}

function sealedModes(list: readonly number[]): Readonly<Record<number, string>> {
  return Object.fromEntries(list.map((ordinal) => [ordinal, sealed(ordinal)]));
}

export function sameModes(a: Readonly<Record<number, string>>, b: Readonly<Record<number, string>>): boolean {
  const left = Object.entries(a);
  return left.length === Object.keys(b).length && left.every(([ordinal, mode]) => b[Number(ordinal)] === mode);
}
