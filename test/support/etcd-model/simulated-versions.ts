/**
 * What etcd does about versions (server/etcdserver/version/monitor.go): the cluster has one of its own, which its leader raises when all
 * members run a higher one and lowers when it was told to, and below which no member starts. All as measured with 3.5.35, 3.6.16 and 3.7.3.
 */
import { minorsBetween, runningMinor, supportedMinors, type Minor } from "../../../src/engines/etcd/versions.ts";

export type VersionAnswer = { readonly ok: true } | { readonly ok: false; readonly error: string };

const refuse = (error: string): VersionAnswer => ({ ok: false, error });

export class SimulatedVersions {
  /** Undefined until the first leader has looked round. */
  cluster: Minor | undefined;
  /** What it was told to go down to. */
  downgrade: Minor | undefined;

  /** As a cluster that is made anew. */
  forget(): void {
    this.cluster = undefined;
    this.downgrade = undefined;
  }

  /** Time passes and a leader leads. @param running of every member there is; undefined where one can't be asked */
  settle(running: readonly (string | undefined)[]): void {
    const minors = running.map((version) => version && runningMinor(version));
    const known = minors.filter((minor): minor is Minor => minor !== undefined && minor !== "");
    if (known.length === 0 || known.length < running.length) return;
    const lowest = known.toSorted((a, b) => minorsBetween(b, a))[0] ?? "3.5";
    if (this.downgrade !== undefined) this.cluster = this.downgrade;
    else if (this.cluster === undefined || minorsBetween(this.cluster, lowest) > 0) this.cluster = lowest;
    if (known.every((minor) => minor === this.downgrade)) this.downgrade = undefined;
  }

  /** @param asked the version of the member whose etcdctl is used */
  enable(minor: string, asked: string): VersionAnswer {
    if (runningMinor(asked) === "3.5") return refuse('unknown command "downgrade" for "etcdctl"');
    const target = supportedMinors.find((known) => known === minor);
    if (this.downgrade !== undefined && this.cluster !== this.downgrade)
      return refuse("etcdserver: cluster has a downgrade job in progress");
    if (target === undefined || this.cluster === undefined || minorsBetween(target, this.cluster) !== 1)
      return refuse("etcdserver: invalid downgrade target version");
    this.downgrade = target;
    return { ok: true };
  }

  cancel(asked: string): VersionAnswer {
    if (runningMinor(asked) === "3.5") return refuse('unknown command "downgrade" for "etcdctl"');
    if (this.downgrade === undefined) return refuse("etcdserver: no inflight downgrade job");
    this.downgrade = undefined;
    return { ok: true };
  }
}

/** Whether etcd of `version` starts where the cluster was last known to be at `cluster`. */
export function startsAt(version: string, cluster: Minor | undefined): boolean {
  const minor = runningMinor(version);
  return cluster === undefined || minor === undefined || minorsBetween(minor, cluster) <= 0;
}

/** The two that are furthest apart are more than one minor apart. */
export function farApart(versions: readonly string[]): boolean {
  const places = versions.flatMap((version) => {
    const minor = runningMinor(version);
    return minor === undefined ? [] : [supportedMinors.indexOf(minor)];
  });
  return Math.max(...places) - Math.min(...places) > 1;
}
