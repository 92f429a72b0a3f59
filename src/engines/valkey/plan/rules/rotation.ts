/** Another authority, in the stages of `resources/tls/stage.ts` (docs/adr/0009). A node reads what it shows and whom it trusts when it starts. */
import { stageAfter, stageName, trustOf, type Stage } from "../../../../resources/tls/stage.ts";
import { act, type Rule, type Situation, type ValkeyStep } from "../rule.ts";
import { waitUntilAllAreWell } from "./ready.ts";

/**
 * One stage after the other, each when every node has restarted for the one before: what a pod mounts bears the mark of the certificate that its template asks
 * for, so that a pod which is not outdated shows and trusts just that. Once begun it is gone on with by `rotate` and `reconcile`; any other verb leaves it
 * where it is, which is safe. Asked after the roll: no pod is outdated here.
 */
export const rotateAuthorities: Rule = (situation) => {
  const { spec, seen } = situation;
  const { certificate } = seen;
  if (spec.tls.mode !== "managed" || certificate === undefined) return undefined;
  const settled = stageName(certificate.stage) === "settled";
  if (!(settled ? isAskedFor(situation) : mayGoOn(situation))) return undefined;
  return waitUntilAllAreWell(spec, seen) ?? act(step(certificate.stage, markOf(situation)));
};

function isAskedFor(situation: Situation): boolean {
  return situation.rotate?.of === "authorities" && situation.seen.certificate?.rotation !== markOf(situation);
}

function mayGoOn({ verb }: Situation): boolean {
  return verb === "rotate" || verb === "reconcile";
}

/** Before the operation is recorded it has no id: whatever it will be, nothing bears it yet. */
function markOf({ rotate, seen }: Situation): string {
  return rotate?.id ?? (rotate === undefined ? (seen.certificate?.rotation ?? "") : "new");
}

const descriptions = {
  settled: {
    id: "trust-both",
    title: "Make a new authority and let nodes trust both",
    why: "a node reads whom it trusts when it starts: all restart before anything is issued by the new one",
  },
  overlap: {
    id: "issue-from-new",
    title: "Issue the certificate of the nodes from the new authority",
    why: "every node trusts both; an application that has not read ca.crt in their Secret since does not trust a node that restarts from here on",
  },
  switched: {
    id: "trust-new",
    title: "Trust the new authority only",
    why: "every node shows a certificate of the new one",
  },
} as const;

function step(stage: Stage, rotation: string): ValkeyStep {
  const to = stageAfter(stage);
  const { id, title, why } = descriptions[stageName(stage)];
  return {
    kind: "command",
    id: `authorities/${id}/${trustOf(to)}`,
    title,
    why,
    danger: "moderate",
    command: { name: "rotateAuthority", to, rotation },
  };
}
