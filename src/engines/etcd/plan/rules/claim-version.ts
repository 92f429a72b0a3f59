/**
 * Claims outlive their database, and say which etcd their data needs: raised before the members' version is (`version.ts`), so that no
 * data is ever newer than its record, and lowered when the member itself runs the lower one. Absent on claims of earlier releases.
 */
import type { KubeObject } from "../../../../kube/objects.ts";
import { claimIntent } from "../../resources/claim.ts";
import type { ClaimSeen, EtcdSeen } from "../../seen.ts";
import type { EtcdSpec } from "../../spec.ts";
import { compareVersions, minorOf, reads, sameVersion } from "../../versions.ts";
import { adopting, claimsToAdopt } from "../adoption.ts";
import { endpointAt, memberAt } from "../facts.ts";
import { act, block, type Rule } from "../rule.ts";

/** Members that start on data kept from before would end at once, each of them, with a version that can't read it. */
export const refuseUnreadableData: Rule = ({ spec, seen }) => {
  if (seen.statefulSet !== undefined) return undefined;
  const newest = claimsToAdopt(spec, seen)
    .filter((claim) => claim.version !== undefined && !reads(spec.version, claim.version))
    .toSorted((a, b) => compareVersions(b.version ?? "", a.version ?? ""))[0];
  if (newest?.version === undefined) return undefined;
  const known = minorOf(newest.version) !== undefined;
  return block({
    guard: "version-step-legal",
    message: `etcd ${spec.version} does not start from what etcd ${newest.version} has left on ${newest.name}: start from it with ${newest.version}, and change the version then`,
    observed: `annotation dbop.dev/version=${newest.version}`,
    ...(known ? { lift: adopting(spec, newest.version) } : {}),
  });
};

/** Whatever the record says is put right by a member that answers: it runs on this data. */
export const recordVersion: Rule = ({ spec, seen }) => {
  const due = seen.claims.filter((claim) => claim.version !== spec.version && serves(seen, claim, spec.version));
  if (due.length === 0) return undefined;
  const names = due.map((claim) => claim.name).join(", ");
  return act({
    kind: "apply",
    id: `claims-version/${spec.version}`,
    title: `Record that ${names} ${due.length === 1 ? "holds" : "hold"} data of etcd ${spec.version}`,
    why: "whoever starts from kept claims has to know which version reads them",
    objects: due.map((claim) => claimIntent(spec, claim, { version: spec.version })),
  });
};

function serves(seen: EtcdSeen, claim: ClaimSeen, version: string): boolean {
  const endpoint = endpointAt(seen, claim.ordinal);
  if (!claim.ours || claim.terminating || endpoint === undefined) return false;
  return memberAt(seen, claim.ordinal)?.id === endpoint.memberId && sameVersion(endpoint.version, version);
}

/** The claims of members as they are to be before any of these runs `version`: one that says a higher one keeps it. */
export function raisedClaims(spec: EtcdSpec, seen: EtcdSeen, version: string): readonly KubeObject[] {
  return seen.claims
    .filter((claim) => claim.ours && !claim.terminating && claim.memberId !== undefined)
    .filter((claim) => claim.version === undefined || compareVersions(claim.version, version) < 0)
    .map((claim) => claimIntent(spec, claim, { version }));
}
