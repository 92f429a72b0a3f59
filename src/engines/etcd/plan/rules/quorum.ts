import { statefulSet as statefulSetObject } from "../../resources/stateful-set.ts";
import { claimAt, identityOf, joinedReplicas, members, podAt } from "../facts.ts";
import { act, waitFor, type Rule } from "../rule.ts";
import { deletePod } from "../../../../plan/steps.ts";

/** Until the controller has seen the newest template nobody can tell which pods are outdated: nothing may count as done. */
export const waitForController: Rule = ({ spec, seen }) =>
  seen.statefulSet === undefined || seen.statefulSet.observed
    ? undefined
    : waitFor(`the StatefulSet controller has seen the change of ${spec.name}`, "its observedGeneration is behind");

/**
 * A pod that does not run and was made from an older template gets its chance with the new one: a broken template would otherwise
 * stay until somebody deletes the pod by hand (kubernetes/kubernetes#67250). It serves nobody, so no quorum is at stake.
 */
export const replaceBrokenOutdatedPods: Rule = ({ spec, seen }) => {
  const broken = seen.pods.find(
    (pod) =>
      pod.outdated &&
      !pod.terminating &&
      (!pod.running || pod.crash !== undefined) &&
      // A claim that was deleted stays for as long as the pod does.
      claimAt(seen, pod.ordinal)?.terminating !== true,
  );
  if (broken === undefined) return undefined;
  return act(deletePod(spec, broken, { why: `${broken.name} does not run, and the StatefulSet has a newer template` }));
};

/** A member whose pod nobody runs any more, because somebody scaled the StatefulSet down, is started again: its claim is there. */
export const startMembers: Rule = ({ spec, seen }) => {
  const { statefulSet } = seen;
  const started = members(seen).flatMap((member) =>
    member.started && member.ordinal !== undefined ? [member.ordinal] : [],
  );
  const needed = seen.membership.known ? 1 + Math.max(-1, ...started) : joinedReplicas(seen);
  if (statefulSet === undefined || statefulSet.replicas >= needed) return undefined;
  return act({
    kind: "apply",
    id: `replicas/${String(needed)}`,
    title: `Set the StatefulSet back to ${String(needed)} replicas`,
    why: `it has ${String(statefulSet.replicas)}, and ${String(needed)} are needed to run every member there is`,
    objects: [statefulSetObject(spec, needed)],
  });
};

/**
 * Without a quorum the membership can't be known and must not be touched: what is there is started, and nothing else
 * (engines.md §1.5, fewer than a quorum healthy and claims intact).
 */
export const waitForQuorum: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) === undefined || seen.membership.known) return undefined;
  const down = seen.pods.filter((pod) => !pod.ready).map((pod) => pod.name);
  return waitFor("the quorum is back", `${seen.membership.why}; not ready: ${down.join(", ") || "none"}`);
};

/** A pod that is going away comes back by itself, or not at all if the StatefulSet has shrunk: either way it is waited for. */
export const waitForTermination: Rule = ({ seen }) => {
  const going =
    seen.pods.find((pod) => pod.terminating) ??
    seen.claims.find((claim) => claim.terminating && podAt(seen, claim.ordinal) === undefined);
  return going === undefined ? undefined : waitFor(`${going.name} is gone`, `${going.name} is being deleted`);
};
