/** One life of a simulated cluster: made, disturbed, asked to be another, and left alone until it is. */
import { planValkey } from "../../../src/engines/valkey/plan/index.ts";
import { decide } from "../../../src/engines/valkey/plan/index.ts";
import type { Decision, Situation, ValkeyStep } from "../../../src/engines/valkey/plan/rule.ts";
import {
  countSlots,
  evenSpread,
  slotCount,
  slotsText,
  union,
  without,
  type Slots,
} from "../../../src/engines/valkey/slots.ts";
import { officialImage, serverText, type Server } from "../../../src/engines/valkey/server.ts";
import type { ValkeySpec } from "../../../src/engines/valkey/spec.ts";
import { randomSource } from "../fake-kube/random.ts";
import { aSpec } from "./a-spec.ts";
import { heldSlots, lossIn } from "./invariants.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";
import { bootstrap, SimulatedRestore } from "./simulated-restore.ts";

export interface History {
  readonly seed: number;
  /** Slots move in the way of Valkey 9. */
  readonly atomic: boolean;
  /** It begins as an older server, and is rolled meanwhile. */
  readonly from: Server | undefined;
  readonly first: Pick<ValkeySpec, "shards" | "replicas">;
  readonly then: Pick<ValkeySpec, "shards" | "replicas">;
  /** It is made from a backup, disturbed meanwhile. */
  readonly restored?: readonly Disturbance[];
  readonly disturbances: readonly Disturbance[];
}

export interface Disturbance {
  /** After so many steps of the second wish. */
  readonly at: number;
  /**
   * - `kill`: the run ends in the midst of its next step, and another goes on.
   * - `restart`: a pod comes back elsewhere; `restart-all`: every pod does.
   * - `lose-volume`: a pod and its claim are gone; another node of its shard has all that it had.
   * - `lose-first`: of a restore, the claim of a shard's first node and its pod, whatever it holds; `sweep`: Jobs that have ended.
   */
  readonly what: "kill" | "restart" | "restart-all" | "lose-volume" | "lose-first" | "sweep";
}

/** Many more steps than any of these lives takes. */
const patience = 1500;

/** Throws what went wrong, with the steps that led there. */
export function live({ seed, atomic, from, first, then, disturbances, restored }: History): void {
  const random = randomSource(seed);
  const life = new Life(() => random.next());
  const server = { flavour: "valkey", version: atomic ? "9.1.0" : "8.1.0" } as const;
  const begun = specOf(first, from ?? server);
  if (restored === undefined) life.until(begun, []);
  else life.restore({ ...begun, bootstrap }, restored);
  if (!life.gaveUp) life.until(specOf(then, server), disturbances);
}

function specOf(size: History["first"], server: Server): ValkeySpec {
  return aSpec({ ...size, server, image: officialImage(server) });
}

/** One line on a node, for whoever reads a failure. */
function portrait({ node, pod }: ReturnType<SimulatedCluster["running"]>[number]): string {
  const known = [...node.known.values()].map(({ id, ip, silent }) => `${id}@${ip}${silent ? "?" : ""}`);
  const role = node.role === "primary" ? slotsText(node.slots) : `follows ${node.primaryId ?? ""}`;
  return `${node.id} at ${pod.ip}, shard ${String(pod.place.shard)}, epoch ${String(node.epoch)}: ${role}; knows ${known.join(" ")}`;
}

class Life {
  readonly #cluster: SimulatedCluster;
  readonly #told: string[] = [];
  readonly #random: () => number;
  #formed = false;
  #restoring = false;
  /** A volume was lost before the cluster had formed: what was on it is in the backup. */
  #lostOfRestore = false;
  /** A restore was refused for good, with nothing served. */
  gaveUp = false;

  constructor(random: () => number) {
    this.#random = random;
    this.#cluster = new SimulatedCluster(random);
  }

  /** Shards of the old cluster held any slots, not only a share in order. */
  restore(spec: ValkeySpec, disturbances: readonly Disturbance[]): void {
    const cuts = evenSpread(4 * spec.shards);
    const parts = Array.from({ length: spec.shards }, (_, shard) =>
      union(cuts.filter((__, index) => (index * 7 + Math.floor(index / spec.shards)) % spec.shards === shard)),
    );
    this.#cluster.restore = new SimulatedRestore(parts, (prefix) => this.#cluster.name(prefix));
    this.#restoring = true;
    this.until(spec, disturbances);
    this.#restoring = false;
    if (this.gaveUp) return;
    const owned = this.#cluster
      .running()
      .flatMap(({ node }) => (node.slots.length === 0 ? [] : [slotsText(node.slots)]));
    if (owned.toSorted().join() !== parts.map(slotsText).toSorted().join())
      this.#fail("slots are elsewhere than before");
    this.#cluster.restore = undefined;
  }

  until(spec: ValkeySpec, disturbances: readonly Disturbance[]): void {
    for (let turn = 0; turn < patience; turn += 1) {
      const due = disturbances.filter(({ at }) => at === turn).map(({ what }) => what);
      for (const what of due) this.#disturb(spec, what);
      const next = decide(this.#situation(spec));
      const pending = disturbances.some(({ at }) => at > turn);
      if (next === undefined && !pending) {
        this.#check(spec);
        return;
      }
      if (next !== undefined && "blocked" in next) {
        const { guard } = next.blocked[0];
        if (this.#restoring && /^(data-lost|no-bootstrap-over-data)$/u.test(guard) && this.#lostOfRestore) {
          this.gaveUp = true;
          return;
        }
        if (guard === "data-lost" && (!this.#isServed() || this.#isMixed())) return;
        this.#fail(`blocked: ${next.blocked[0].message}`);
      }
      this.#take(spec, next, due.includes("kill"));
      this.#holdInvariants();
    }
    this.#fail("it comes to no end");
  }

  #situation(spec: ValkeySpec): Situation {
    return {
      spec,
      seen: this.#cluster.seen(spec),
      // Backups are no part of this model.
      consents: new Set(["without-recent-backup"]),
      ...(this.#restoring ? { verb: "restore" } : { verb: "reshard", rebalance: true }),
      now: new Date(0),
    };
  }

  #take(spec: ValkeySpec, next: Decision | undefined, killed: boolean): void {
    const step: ValkeyStep | undefined = next !== undefined && "step" in next ? next.step : undefined;
    this.#told.push(`${killed ? "KILLED in " : ""}${step?.id ?? "nothing"}`);
    if (step !== undefined && step.kind !== "wait") this.#cluster.act(spec, step, killed);
    if (step === undefined || step.kind === "wait" || this.#random() < 0.7) this.#cluster.tick(spec);
  }

  #disturb(spec: ValkeySpec, what: Disturbance["what"]): void {
    const pods = [...this.#cluster.pods.values()];
    const pod = pods[Math.floor(this.#random() * pods.length)];
    if (what === "restart-all") for (const each of pods) each.terminating = true;
    if (what === "restart" && pod !== undefined) pod.terminating = true;
    if (what === "lose-volume") this.#loseVolume();
    if (what === "lose-first") this.#loseFirst();
    if (what === "sweep") this.#cluster.restore?.sweep();
    this.#told.push(what === "restart" ? `${what} ${JSON.stringify(pod?.place)}` : what);
    if (what !== "kill") this.#cluster.tick(spec);
  }

  #loseFirst(): void {
    const firsts = [...this.#cluster.claims].filter(([, { place }]) => place.ordinal === 0);
    const [name = "", claim] = firsts[Math.floor(this.#random() * firsts.length)] ?? [];
    const pod = this.#cluster.pods.get(name);
    if (claim === undefined) return;
    this.#lostOfRestore = true;
    claim.terminating = true;
    if (pod !== undefined) pod.terminating = true;
  }

  #loseVolume(): void {
    const running = this.#cluster.running();
    const spare = running.filter(({ node, pod }) =>
      running.some(
        (other) =>
          other.node !== node &&
          other.pod.place.shard === pod.place.shard &&
          countSlots(without(node.holds, other.node.holds)) === 0 &&
          other.node.linked !== node.linked,
      ),
    );
    const lost = spare[Math.floor(this.#random() * spare.length)];
    if (lost === undefined) return;
    this.#lostOfRestore ||= this.#restoring;
    this.#told.push(`volume of ${JSON.stringify(lost.pod.place)}, ${lost.node.role} ${lost.node.id}`);
    lost.pod.terminating = true;
    for (const claim of this.#cluster.claims.values()) if (claim.node === lost.node) claim.terminating = true;
  }

  /** At every moment. */
  #holdInvariants(): void {
    const held = countSlots(heldSlots(this.#cluster));
    this.#formed ||= held === slotCount;
    if (this.#formed && !this.#lostOfRestore && held < slotCount) this.#fail("writes are lost");
    const loss = lossIn(this.#cluster);
    if (loss !== undefined) this.#fail(loss);
  }

  /** Nodes that run have all that was written: where they have not, nobody may do anything but refuse. */
  #isServed(): boolean {
    return countSlots(union(...this.#cluster.running().map(({ node }) => node.holds))) === slotCount;
  }

  /** Servers of two versions run: the older replicas can't read what a newer primary sends, so that nobody knows whether they have all it had. */
  #isMixed(): boolean {
    return new Set([...this.#cluster.pods.values()].map(({ server }) => serverText(server))).size > 1;
  }

  #check(spec: ValkeySpec): void {
    const { shards, replicas } = spec;
    const running = this.#cluster.running();
    if (running.length !== shards * replicas) this.#fail(`${String(running.length)} nodes run`);
    const primaries = running.filter(({ node }) => node.role === "primary").map(({ node }) => node);
    const owned: readonly Slots[] = primaries.map((node) => node.slots);
    const sum = owned.reduce((total, slots) => total + countSlots(slots), 0);
    if (sum !== slotCount || countSlots(union(...owned)) !== slotCount) this.#fail("slots are not owned exactly once");
    if (primaries.length !== shards) this.#fail(`${String(primaries.length)} primaries`);
    const least = Math.min(...owned.map(countSlots));
    if (!this.#restoring && Math.max(...owned.map(countSlots)) - least > 1) this.#fail("shards don't hold alike");
    const plan = planValkey({ ...this.#situation(spec), begun: true });
    if (plan.outcome !== "converged") this.#fail(`a second plan is ${plan.outcome}`);
  }

  #fail(what: string): never {
    const told = this.#told.filter((line, index) => line !== this.#told[index - 1]);
    throw new Error([what, ...told.slice(-60), ...this.#cluster.running().map(portrait)].join("\n"));
  }
}
