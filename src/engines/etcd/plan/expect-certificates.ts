/** What the making of certificates changes. Members show an older one until their kubelet has brought the new. */
import { trustOf } from "../../../resources/tls/stage.ts";
import type { EtcdCommand } from "../commands.ts";
import type { EtcdSeen, PodSeen } from "../seen.ts";

type Command<Name extends EtcdCommand["name"]> = Extract<EtcdCommand, { name: Name }>;

export function withIssued(seen: EtcdSeen, { roles, rotation }: Command<"issueCertificates">): EtcdSeen {
  const { certificates } = seen;
  const issued = { ...certificates, missing: [], expiry: certificates.expiry.map((one) => ({ ...one, due: false })) };
  if (rotation === undefined) return { ...seen, certificates: issued };
  const ofMembers = roles.includes("server") || roles.includes("peer");
  const marks = {
    ...(ofMembers ? { members: rotation } : {}),
    ...(roles.includes("client") ? { clients: rotation } : {}),
  };
  return {
    ...seen,
    pods: ofMembers ? behind(seen.pods) : seen.pods,
    certificates: { ...issued, rotations: { ...certificates.rotations, ...marks } },
  };
}

export function withStage(seen: EtcdSeen, { to, rotation }: Command<"rotateAuthorities">): EtcdSeen {
  const { certificates, statefulSet } = seen;
  const sameTrust = trustOf(to) === trustOf(certificates.stage);
  return {
    ...seen,
    pods: behind(seen.pods),
    statefulSet: statefulSet && { ...statefulSet, current: sameTrust && statefulSet.current },
    certificates: { ...certificates, stage: to, rotations: { members: rotation, clients: rotation } },
  };
}

function behind(pods: readonly PodSeen[]): readonly PodSeen[] {
  return pods.map((pod) => ({ ...pod, behind: true }));
}
