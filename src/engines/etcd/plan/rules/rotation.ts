/** Certificates anew before they must be, and other authorities under running members: `authorities.ts` has the stages, docs/adr/0009 the reasons. */
import { stageAfter, stageName, trustOf, type Stage } from "../../../../resources/tls/stage.ts";
import type { CertificateRole, EtcdSeen } from "../../seen.ts";
import { act, block, waitFor, type Decision, type EtcdStep, type Rule, type Situation } from "../rule.ts";
import { waitUntilAllAreWell } from "../well.ts";

/** Certificates that are not ours can't be issued by us. */
export const refuseRotation: Rule = ({ spec, rotate }) => {
  if (rotate === undefined || spec.tls.mode === "managed") return undefined;
  const message =
    spec.tls.mode === "disabled"
      ? "TLS is disabled: there is no certificate to rotate"
      : "the certificates are your own: write new ones into the Secrets that spec.tls names, and members show them within two minutes. For another authority put both into ca.crt first and delete the pods one by one, followers first; then issue from the new one; then take the old one out and delete the pods again";
  return block({ guard: "certificates-managed", message, observed: `spec.tls.mode is ${spec.tls.mode}` });
};

/**
 * From one authority to the next without an interruption. A stage is left only when every member has taken it up, which is seen of the
 * members themselves; between two stages they restart as for any other change of their template. Once begun it is gone on with by `rotate`
 * and `reconcile`; any other verb leaves it where it is, which is safe.
 */
export const rotateAuthorities: Rule = (situation) => {
  const { spec, seen } = situation;
  const { stage } = seen.certificates;
  const due = stageName(stage) === "settled" ? isAskedFor(situation) : mayGoOn(situation);
  if (spec.tls.mode !== "managed" || !due) return undefined;
  const unwell = waitUntilAllAreWell(seen, "every member takes up each stage before the next");
  if (unwell !== undefined) return unwell;
  if (stageName(stage) === "switched" && membersBehind(seen).length > 0) return waitForKubelets(seen);
  return act(step(stage, markOf(situation)));
};

function isAskedFor(situation: Situation): boolean {
  return situation.rotate?.of === "authorities" && !isMarked(situation, ["members"]);
}

function mayGoOn({ verb }: Situation): boolean {
  return verb === "rotate" || verb === "reconcile";
}

const descriptions = {
  settled: {
    id: "trust-both",
    title: "Make new authorities and let members trust both",
    why: "a member reads whom it trusts when it starts: all restart before anything is issued by the new ones",
  },
  overlap: {
    id: "issue-from-new",
    title: "Issue every certificate from the new authorities",
    why: "every member trusts both; certificates are taken up without a restart",
  },
  switched: {
    id: "trust-new",
    title: "Trust the new authorities only",
    why: "every member shows a certificate of theirs; applications that have not taken up the new client Secret are turned away by each member as it restarts",
  },
} as const;

function step(stage: Stage, rotation: string): EtcdStep {
  const to = stageAfter(stage);
  const { id, title, why } = descriptions[stageName(stage)];
  return {
    kind: "command",
    id: `authorities/${id}/${trustOf(to)}`,
    title,
    why,
    ...(id === "issue-from-new" ? {} : { danger: "moderate" as const }),
    command: { name: "rotateAuthorities", to, rotation },
  };
}

/** Every certificate anew from the authority in force. The operation is recorded beside each: none is issued twice for one. */
export const reissueCertificates: Rule = (situation) => {
  const { seen, rotate } = situation;
  if (rotate?.of !== "certificates" || isMarked(situation, ["members", "clients"])) return undefined;
  const roles: readonly CertificateRole[] = [
    ...(isMarked(situation, ["members"]) ? [] : (["server", "peer"] as const)),
    ...(isMarked(situation, ["clients"]) ? [] : (["client"] as const)),
  ];
  return (
    waitUntilAllAreWell(seen, "certificates are changed under members that are well") ??
    act({
      kind: "command",
      id: `certificates/reissue/${roles.join("+")}`,
      title: `Issue certificates anew: ${roles.join(", ")}`,
      why: "asked for; members show them at the next handshake, without a restart",
      command: {
        name: "issueCertificates",
        roles,
        mayFound: false,
        rotation: markOf(situation),
        stage: seen.certificates.stage,
      },
    })
  );
};

/** Done is when every member shows what was issued. */
export const waitForCertificates: Rule = ({ seen, rotate }) =>
  rotate === undefined || membersBehind(seen).length === 0 ? undefined : waitForKubelets(seen);

function waitForKubelets(seen: EtcdSeen): Decision {
  const names = membersBehind(seen).map(({ name }) => name);
  return waitFor(
    "all members show their new certificates",
    `the kubelet brings a changed Secret into a running pod within two minutes; not seen yet of ${names.join(", ")}`,
  );
}

function membersBehind(seen: EtcdSeen): EtcdSeen["pods"] {
  return seen.pods.filter((pod) => pod.behind === true);
}

/** Before the operation is recorded it has no id: whatever it will be, nothing bears it yet. */
function markOf({ rotate, seen }: Situation): string {
  return rotate?.id ?? (rotate === undefined ? (seen.certificates.rotations.members ?? "") : "new");
}

function isMarked(situation: Situation, secrets: readonly (keyof EtcdSeen["certificates"]["rotations"])[]): boolean {
  return secrets.every((name) => situation.seen.certificates.rotations[name] === markOf(situation));
}
