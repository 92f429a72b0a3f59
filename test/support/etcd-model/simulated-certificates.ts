/**
 * The certificates of a simulated cluster: what its Secrets hold, what each pod has mounted, whom each member trusts since it started, and
 * what it shows. Two members that run must always be able to talk: when they can't, that is a violation.
 */
import {
  firstStage,
  sameStage,
  stageAfter,
  trustBefore,
  trustOf,
  type Stage,
} from "../../../src/resources/tls/stage.ts";
import { unmanaged, type CertificateRole, type CertificatesSeen } from "../../../src/engines/etcd/seen.ts";

/** One content of the members' Secret. */
export interface Rendering {
  readonly serial: number;
  readonly stage: Stage;
  readonly rotation: string | undefined;
}

/** A pod, as far as its certificates go. */
interface Mounting {
  readonly ordinal: number;
  readonly uid: string;
  /** The mark that its template asks for. */
  readonly trust: string;
}

const everyRole: readonly CertificateRole[] = ["server", "peer", "client"];

export class SimulatedCertificates {
  /** Authorities that were ever made: the number of the newest generation. */
  generations = 0;
  #authority: Stage | undefined;
  #clients: Rendering | undefined;
  /** Newest last: a kubelet may know an older one for a while. */
  readonly #members: Rendering[] = [];
  /** By pod. */
  readonly #mounted = new Map<string, Rendering>();
  /** By ordinal: what a running member read when it started. */
  readonly #trusted = new Map<number, { readonly uid: string; readonly stage: Stage }>();
  #serial = 0;

  get newest(): Rendering | undefined {
    return this.#members.at(-1);
  }

  /** The mark that a new template asks for. */
  get trust(): string {
    return trustOf(this.newest?.stage ?? firstStage);
  }

  seen(): CertificatesSeen {
    const { newest } = this;
    const missing = [
      ...(newest === undefined ? everyRole.slice(0, 2) : []),
      ...(this.#clients === undefined ? everyRole.slice(2) : []),
    ];
    const rotations = {
      ...(newest?.rotation === undefined ? {} : { members: newest.rotation }),
      ...(this.#clients?.rotation === undefined ? {} : { clients: this.#clients.rotation }),
    };
    return { ...unmanaged, missing, expiry: [], problems: [], stage: newest?.stage ?? firstStage, rotations };
  }

  isBehind({ uid }: Pick<Mounting, "uid">): boolean {
    return this.#mounted.get(uid) !== this.newest;
  }

  /** `half`: not all Secrets are written. */
  issue(roles: readonly CertificateRole[], rotation: string | undefined, half: boolean): void {
    if (this.#authority === undefined) this.generations = 1;
    this.#authority ??= firstStage;
    if (roles.includes("client")) this.#clients = this.#render(this.#authority, rotation);
    if (!half && roles.some((role) => role !== "client")) this.#members.push(this.#render(this.#authority, rotation));
  }

  /** False when there is no way to `to`. */
  rotate(to: Stage, rotation: string, half: boolean): boolean {
    const present = this.#authority;
    if (present === undefined) return false;
    if (!sameStage(present, to) && !sameStage(stageAfter(present), to)) return false;
    if (to.newest > this.generations) this.generations = to.newest;
    this.#authority = to;
    if (half) return true;
    this.#clients = this.#render(to, rotation);
    this.#members.push(this.#render(to, rotation));
    return true;
  }

  #render(stage: Stage, rotation: string | undefined): Rendering {
    this.#serial += 1;
    return { serial: this.#serial, stage, rotation };
  }

  /** Whether the container can start: its volume is mounted, be it by a kubelet that knows an older Secret, if that has the mark. */
  start(pod: Mounting, stale: boolean): boolean {
    const known = stale ? this.#members.slice(-2, -1).concat(this.#members.slice(-1)) : this.#members.slice(-1);
    const mounted = this.#mounted.get(pod.uid) ?? known.find((one) => hasMark(one, pod.trust));
    if (mounted === undefined) return false;
    this.#mounted.set(pod.uid, mounted);
    this.#trusted.set(pod.ordinal, { uid: pod.uid, stage: mounted.stage });
    return true;
  }

  /** The kubelet brings what is newest into a running pod, unless that lacks what its template asks for. */
  project(pod: Mounting): void {
    const { newest } = this;
    if (newest !== undefined && this.#mounted.has(pod.uid) && hasMark(newest, pod.trust))
      this.#mounted.set(pod.uid, newest);
  }

  /** Whether every member trusts what every other shows. `running`: pods whose member runs. */
  check(running: readonly Mounting[]): readonly string[] {
    return running.flatMap((server) => running.flatMap((caller) => this.#handshake(server, caller)));
  }

  #handshake(server: Mounting, caller: Mounting): readonly string[] {
    const shown = this.#mounted.get(caller.uid)?.stage.issuer;
    const trusted = this.#trusted.get(server.ordinal)?.stage;
    if (shown === undefined || trusted === undefined || (shown >= trusted.oldest && shown <= trusted.newest)) return [];
    const [one, other] = [String(server.ordinal), String(caller.ordinal)];
    return [`member ${one} trusts ${trustOf(trusted)} and turns away member ${other}, which shows ${String(shown)}`];
  }

  /** Whom each of these members trusts. */
  trustedBy(ordinals: readonly number[]): readonly string[] {
    return ordinals.map((ordinal) => {
      const trusted = this.#trusted.get(ordinal);
      return trusted === undefined ? "nobody" : trustOf(trusted.stage);
    });
  }
}

function hasMark({ stage }: Rendering, trust: string): boolean {
  return trust === trustOf(stage) || trust === trustBefore(stage);
}
