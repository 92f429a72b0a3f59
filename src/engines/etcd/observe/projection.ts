/**
 * Which members still show an older certificate than their Secret holds. A kubelet brings a changed Secret into a running pod within about
 * a minute and a half, server's and peer's at once since they are one volume; etcd reads its certificate at each handshake. So the
 * member itself is asked, at the loopback address that only the newest certificate bears: an answer is proof, silence is not known.
 */
import type { KubeObject } from "../../../kube/objects.ts";
import type { Reader } from "../../engine.ts";
import { stageName } from "../../../resources/tls/stage.ts";
import type { CertificatesSeen, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { showsCertificate } from "./etcd-facts.ts";

/** Once a certificate is older than this it is no longer asked for, unless something depends on it. */
const interestingMs = 3600_000;

interface Asked {
  readonly pods: readonly KubeObject[];
  readonly podFacts: readonly PodSeen[];
  readonly certificates: CertificatesSeen;
  readonly now: Date;
}

/** The pods, those that are behind marked. */
export async function observeProjection(read: Reader, spec: EtcdSpec, asked: Asked): Promise<readonly PodSeen[]> {
  const { podFacts, certificates } = asked;
  const { newest } = certificates;
  if (newest === undefined) return podFacts;
  const suspects = podFacts.filter((pod) => pod.running && !pod.terminating && mayBeBehind(asked, pod));
  const answers = await Promise.all(suspects.map((pod) => showsCertificate(read, spec, { ...pod, ...newest })));
  const behind = new Set(suspects.filter((_, index) => answers[index] !== true).map(({ ordinal }) => ordinal));
  return podFacts.map((pod) => (behind.has(pod.ordinal) ? { ...pod, behind: true } : pod));
}

/** A pod that was made later has mounted the newest. While an authority is about to go nothing is taken for granted. */
function mayBeBehind({ pods, certificates: { newest, stage }, now }: Asked, { name }: PodSeen): boolean {
  if (stageName(stage) === "switched") return true;
  const issued = Date.parse(newest?.issuedAt ?? "");
  const created = pods.find(({ metadata }) => metadata.name === name)?.metadata.creationTimestamp ?? "";
  return Date.parse(created) < issued && now.getTime() - issued < interestingMs;
}
