/** Histories: a run works on a simulated cluster, things happen to it, then they stop; and the run must come to its end without harm. */
import { stopStep, type Replacement, type Rotation, type Verb } from "../../../src/engines/engine.ts";
import { parseMode } from "../../../src/engines/etcd/config-mode.ts";
import { identityOf } from "../../../src/engines/etcd/plan/facts.ts";
import { decide, situate } from "../../../src/engines/etcd/plan/index.ts";
import { sinceReplaced } from "../../../src/engines/etcd/plan/replacement.ts";
import type { Decision, EtcdStep } from "../../../src/engines/etcd/plan/rule.ts";
import type { EtcdSeen } from "../../../src/engines/etcd/seen.ts";
import type { EtcdSpec } from "../../../src/engines/etcd/spec.ts";
import { currentVersion } from "../../../src/engines/etcd/plan/version-state.ts";
import { minorOf } from "../../../src/engines/etcd/versions.ts";
import { numberField } from "../../../src/kube/fields.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import type { Consent } from "../../../src/plan/step.ts";
import { randomSource } from "../fake-kube/random.ts";
import { aSpec, now } from "./an-etcd.ts";
import { disturb, type Disturbance } from "./disturbances.ts";
import { SimulatedCluster, type Luck } from "./simulated-cluster.ts";
import { dataOn } from "./member-data.ts";
import { startsAt } from "./simulated-versions.ts";

export interface HistoryInput {
  /** How the kubelets, controllers and learners dawdle. */
  readonly seed: number;
  readonly size: number;
  readonly wished: number;
  readonly verb: Verb;
  /** A rotation in flight; the members' certificates are ours then. */
  readonly rotate?: Rotation;
  /** One a pass, from the first pass on. */
  readonly disturbances: readonly Disturbance[];
  /** Whether disks of a majority may be lost. */
  readonly majority: boolean;
  /** At first and in the end. */
  readonly versions?: readonly [string, string];
  /** From the first disturbance on, of a cluster that has formed. */
  readonly replacement?: Replacement;
}

export interface History {
  readonly outcome: "converged" | "blocked" | "stuck";
  /** Guards that blocked at the end. */
  readonly guards: readonly string[];
  readonly violations: readonly string[];
  readonly steps: readonly string[];
  readonly spec: EtcdSpec;
  readonly verb: Verb;
  readonly rotate: Rotation | undefined;
  readonly cluster: SimulatedCluster;
}

/** After the last disturbance: more looks than any way to the end takes. */
const patience = 600;
const quorum = (voters: number): number => Math.floor(voters / 2) + 1;

class Run {
  readonly cluster = new SimulatedCluster();
  readonly violations: string[] = [];
  readonly steps: string[] = [];
  readonly #random: () => number;
  readonly #consents: ReadonlySet<Consent> = new Set(["through"]);
  readonly #rotate: Rotation | undefined;
  #spec: EtcdSpec;
  #previous: EtcdSeen | undefined;

  constructor(input: HistoryInput) {
    const random = randomSource(input.seed);
    this.#random = () => random.next();
    this.#rotate = input.rotate;
    this.#spec = aSpec({
      replicas: input.size,
      tls: { mode: input.rotate === undefined ? "disabled" : "managed" },
    });
    if (input.versions !== undefined) this.wishVersion(input.versions[0]);
  }

  get spec(): EtcdSpec {
    return this.#spec;
  }

  wish(replicas: number): void {
    this.#spec = { ...this.#spec, replicas };
  }

  replace(replacement: Replacement | undefined): void {
    const { replacement: _, ...spec } = this.#spec;
    this.#spec = replacement === undefined ? spec : { ...spec, replacement };
  }

  wishVersion(version: string): void {
    const image = `gcr.io/etcd-development/etcd:v${version}`;
    this.#spec = { ...this.#spec, version, minor: minorOf(version) ?? this.#spec.minor, image };
  }

  /** One look and one step. @returns what was decided */
  pass(
    verb: Verb,
    trouble: { readonly luck: Luck; readonly flaky: boolean; readonly stale: boolean },
  ): Decision | undefined {
    const fresh = this.cluster.observe(this.#spec, trouble.flaky);
    const seen = trouble.stale ? (this.#previous ?? fresh) : fresh;
    this.#previous = fresh;
    const given = { wish: this.#spec, seen, now, consents: this.#consents, verb, begun: true };
    // The head of the plan, without the trouble of foreseeing the rest.
    const decision = decide(situate({ ...given, ...this.#rotation(verb) }));
    if (decision === undefined) this.#remember(seen);
    if (decision === undefined || "blocked" in decision) return decision;
    this.steps.push(decision.step.id);
    this.#judge(decision.step, seen, trouble.stale);
    if (decision.step.kind !== "wait") {
      this.#remember(seen);
      this.cluster.act(this.#spec, decision.step, trouble.luck);
      // The next write of the status has it too; all three marks are not lost between two writes.
      if (decision.step.id === "identity/record") this.#remember(this.cluster.observe(this.#spec));
    }
    return decision;
  }

  /** It begins once the cluster has formed: before that the verb that forms it is in flight. */
  #rotation(verb: Verb): { readonly rotate?: Rotation } {
    return this.#rotate === undefined || this.#spec.identity === undefined || verb !== "rotate"
      ? {}
      : { rotate: this.#rotate };
  }

  /** What the status of the DatabaseCluster keeps of a look: the id of the cluster stays until another has formed in its place. */
  #remember(found: EtcdSeen): void {
    const { wish, seen } = sinceReplaced({ wish: this.#spec, seen: found });
    const identity = identityOf(wish, seen) ?? this.#spec.identity;
    this.#spec = { ...this.#spec, identity, recordedVersion: currentVersion(wish, seen) };
  }

  tick(pace: number): void {
    this.cluster.tick(() => this.#random() < pace);
    this.violations.push(...this.cluster.etcd.violations.splice(0));
  }

  /** What must never be done, whatever was seen; and what must not be done knowing what was seen. */
  #judge(step: EtcdStep, seen: EtcdSeen, stale: boolean): void {
    if (!seen.membership.known) this.#judgeBlind(step, seen);
    if (step.kind === "apply") for (const object of step.objects) this.#judgeApply(object, seen);
    if (step.id === "replace/discard" && !stale) this.#judgeDiscard();
    if (step.kind === "delete") this.#judgeDelete(step, stale);
    if (step.kind !== "command") return;
    const { command } = step;
    const { etcd } = this.cluster;
    if (step.id.startsWith("maintenance/") && !stale) this.#judgeMaintenance(step.id);
    if (
      command.name === "memberAdd" &&
      seen.membership.known &&
      seen.membership.members.some((member) => member.learner || !member.started)
    )
      this.#blame(`${step.id} while another member joins`);
    if (command.name !== "memberRemove") return;
    const member = etcd.members.find(({ id }) => id === command.id);
    const healthy = etcd.healthyVoters().filter(({ id }) => id !== command.id).length;
    const left = etcd.voters.filter(({ id }) => id !== command.id).length;
    if (!stale && member?.learner === false && healthy < quorum(left))
      this.#blame(`${step.id} leaves ${String(healthy)} of ${String(left)} voters healthy`);
    if (!stale && member?.learner === false && this.#isWell(command.id) && step.danger !== "severe")
      this.#blame(`${step.id} takes a healthy vote and is not severe`);
  }

  /** It takes a member away for a while: only where nobody else is missing, and a quorum is left. */
  #judgeMaintenance(id: string): void {
    const { etcd } = this.cluster;
    const [voters, healthy] = [etcd.voters.length, etcd.healthyVoters().length];
    if (healthy < voters || voters - 1 < quorum(voters) || etcd.members.some(({ learner }) => learner))
      this.#blame(`${id} with ${String(healthy)} of ${String(voters)} voters healthy`);
  }

  /** Healthy, not accused, and on a claim that stays. */
  #isWell(id: string): boolean {
    const { etcd, claims } = this.cluster;
    const member = etcd.healthyVoters().find((one) => one.id === id);
    const accused = etcd.alarms.some(({ memberId }) => memberId === id);
    return member !== undefined && !accused && claims.get(member.ordinal)?.terminating === false;
  }

  /** Without a quorum's word nothing may be changed that it did not decide: pods may be started, at the size there is or was. */
  #judgeBlind(step: EtcdStep, seen: EtcdSeen): void {
    if (step.id === stopStep || /^(?:restore-|replace\/)/u.test(step.id)) return;
    if (step.kind === "wait" || (step.kind === "command" && step.command.name === "issueCertificates")) return;
    if (
      step.kind === "delete" &&
      step.target.type.kind === "Pod" &&
      seen.pods.some((pod) => pod.uid === step.uid && (!pod.running || pod.crash !== undefined))
    )
      return;
    const sizes =
      step.kind === "apply"
        ? step.objects.filter(({ kind }) => kind === "StatefulSet").map((set) => numberField(set["spec"], "replicas"))
        : [];
    const before = seen.statefulSet?.replicas;
    const back = step.id.startsWith("replicas/");
    const fits = (size: number): boolean => before === undefined || (back ? size > before : size === before);
    if (step.kind === "apply" && sizes.every(fits)) return;
    this.#blame(`${step.id} while the membership is unknown`);
  }

  #judgeApply(object: KubeObject, seen: EtcdSeen): void {
    const { etcd, set } = this.cluster;
    const replicas = numberField(object["spec"], "replicas");
    if (object.kind === "StatefulSet" && replicas === 0) this.#judgeStop(seen);
    else if (
      object.kind === "StatefulSet" &&
      set !== undefined &&
      replicas < set.replicas &&
      etcd.members.some(({ ordinal }) => ordinal >= replicas)
    )
      this.#blame(`pods of members stopped: ${String(replicas)} replicas`);
    const modes = object.kind === "ConfigMap" ? Object.values(this.#modes(object)) : [];
    if (identityOf(this.#spec, seen) !== undefined && modes.some((mode) => parseMode(mode)?.state === "new"))
      this.#blame("told to start as new though formed");
  }

  /** Nobody stops before the data that is to take over lies ready on the claim that is there. */
  #judgeStop(seen: EtcdSeen): void {
    const claim = seen.claims.find(({ ordinal }) => ordinal === 0);
    const ready = seen.seed?.fill?.state === "complete" && seen.seed.fill.claimUid === claim?.uid;
    if (this.#spec.replacement === undefined || !ready) this.#blame("all members stopped without anything to start on");
  }

  /** What was replaced is kept until nobody is missing. */
  #judgeDiscard(): void {
    const { etcd } = this.cluster;
    const all = etcd.members.every(({ ordinal, learner }) => !learner && etcd.isServing(ordinal));
    if (!all || etcd.members.length < this.#spec.replicas)
      this.#blame("replaced data removed while members are missing");
  }

  #modes(object: KubeObject): Readonly<Record<string, string>> {
    const parsed: unknown = JSON.parse(object.metadata.annotations?.["dbop.dev/member-modes"] ?? "{}");
    return Object.fromEntries(Object.entries(parsed ?? {}).map(([ordinal, mode]) => [ordinal, String(mode)]));
  }

  #judgeDelete(step: Extract<EtcdStep, { kind: "delete" }>, stale: boolean): void {
    const { etcd, claims, pods } = this.cluster;
    const claim = [...claims.values()].find(({ uid }) => uid === step.uid);
    const data = claim && dataOn(claim.disk, claim.directory);
    if (claim !== undefined && etcd.members.some(({ id }) => id === data?.id) && data?.corrupt === false)
      this.#blame(`${step.id} discards a member's data`);
    // A member that comes back empty in place of a broken one is a repair, and asks nothing; anything else that deletes data does.
    const repaired = etcd.members.some(({ ordinal }) => ordinal === claim?.ordinal);
    if (data !== undefined && step.danger === undefined && !repaired)
      this.#blame(`${step.id} deletes data without asking`);
    const pod = [...pods.values()].find(({ uid }) => uid === step.uid);
    const voter = pod && etcd.healthyVoters().find(({ ordinal }) => ordinal === pod.ordinal);
    if (stale || voter === undefined) return;
    if (etcd.healthyVoters().length < etcd.voters.length && etcd.voters.length > 1)
      this.#blame(`${step.id} while another member is down`);
    if (!startsAt(this.cluster.set?.version ?? "", etcd.versions.cluster))
      this.#blame(`${step.id} puts back a version that does not start any more`);
    const others = etcd.healthyVoters().length - 1;
    if (others < quorum(etcd.voters.length) && etcd.healthyVoters().length < etcd.voters.length)
      this.#blame(`${step.id} breaks the quorum`);
    if (others < quorum(etcd.voters.length) && etcd.voters.length > 2)
      this.#blame(`${step.id} breaks the quorum of ${String(etcd.voters.length)}`);
  }

  #blame(what: string): void {
    this.violations.push(what);
  }
}

/** Lets a cluster of `size` form, then does what is wished while the disturbances come, and then until the end. */
export function live(input: HistoryInput): History {
  const run = new Run(input);
  const { disturbances, verb, wished, size, versions } = input;
  // Half of the histories begin with a cluster that has formed, the others are disturbed while it forms.
  if (input.seed % 2 === 0) calm(run, verb);
  if (size !== wished && input.seed % 2 === 0) run.wish(wished);
  run.replace(input.replacement);
  for (const disturbance of disturbances) {
    const trouble = {
      luck: disturbance.kind === "luck" ? disturbance.luck : ("good" as const),
      flaky: disturbance.kind === "flaky",
      stale: disturbance.kind === "stale",
    };
    happen(run, disturbance, input.majority);
    run.pass(verb, trouble);
    run.tick(0.5);
    if (disturbance.kind === "pause") for (let i = 0; i < 5; i += 1) run.tick(0.5);
  }
  run.cluster.etcd.partitioned.clear();
  run.cluster.etcd.elect();
  run.wish(wished);
  const end = versions === undefined ? calm(run, verb) : arriveAt(versions[1], run, verb);
  run.replace(undefined);
  return {
    ...end,
    violations: run.violations,
    steps: run.steps,
    spec: run.spec,
    verb,
    rotate: input.rotate,
    cluster: run.cluster,
  };
}

function happen(run: Run, disturbance: Disturbance, majority: boolean): void {
  const { cluster } = run;
  const { etcd } = cluster;
  switch (disturbance.kind) {
    case "luck":
    case "flaky":
    case "stale":
    case "pause":
      return;
    case "replicas":
      run.wish(disturbance.count);
      return;
    case "template":
      cluster.template += 1;
      return;
    case "version":
      run.wishVersion(disturbance.version);
      return;
    case "write":
      etcd.write();
      return;
    case "no-space":
      if (etcd.formed && etcd.hasQuorum()) etcd.alarms = [...etcd.alarms, { memberId: etcd.leaderId, type: "NOSPACE" }];
      return;
    case "job-fails":
      cluster.jobs.fail();
      return;
    case "fragment":
      etcd.fragmented.add(disturbance.member % Math.max(1, cluster.pods.size));
      return;
    case "new-leader": {
      const heir = etcd.healthyVoters().at(-1);
      const via = etcd.members.find(({ id }) => id === etcd.leaderId)?.ordinal;
      if (heir !== undefined && via !== undefined) etcd.moveLeader(via, heir.id);
      return;
    }
    default:
      disturb(cluster, disturbance, majority);
  }
}

/** Where the way there is refused, by the stops that a person would take: up to where the members are, and down one by one. */
function arriveAt(version: string, run: Run, verb: Verb): Pick<History, "outcome" | "guards"> {
  let end: Pick<History, "outcome" | "guards"> = { outcome: "stuck", guards: [] };
  for (const stop of [version, "3.6.16", "3.7.3", "3.6.16", version]) {
    run.wishVersion(stop);
    end = calm(run, verb);
    const refused = end.guards[0] === "version-step-legal";
    if ((stop === version && end.outcome === "converged") || (end.outcome !== "converged" && !refused)) return end;
  }
  return end;
}

/** Nothing happens any more but what the run does, and the cluster's own machinery. */
function calm(run: Run, verb: Verb): Pick<History, "outcome" | "guards"> {
  const good = { luck: "good", flaky: false, stale: false } as const;
  for (let look = 0; look < patience; look += 1) {
    const decision = run.pass(verb, good);
    if (decision === undefined) return { outcome: "converged", guards: [] };
    // A block may pass by itself, as when a leader is elected; one that stands after a while does not.
    if ("blocked" in decision && look > 100)
      return { outcome: "blocked", guards: decision.blocked.map(({ guard }) => guard) };
    run.tick(0.7);
    run.cluster.etcd.write();
  }
  return { outcome: "stuck", guards: [] };
}
