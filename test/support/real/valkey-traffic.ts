/** A cluster-aware client under load, in a pod of its own. */
import { applyAll, admin, kubectl } from "./cluster.ts";
import type { Target } from "./dbop.ts";
import { trafficAsk, trafficObjects, trafficPod } from "../valkey-traffic/objects.ts";
import type { Stretch } from "../valkey-traffic/traffic.ts";

export type { Stretch } from "../valkey-traffic/traffic.ts";

export async function startTraffic(target: Target, { tls = true } = {}): Promise<ValkeyTraffic> {
  await applyAll(await trafficObjects({ ...target, tls }));
  await kubectl(["wait", "--for=condition=Ready", `pod/${trafficPod}`, "-n", target.namespace, "--timeout=120s"]);
  return new ValkeyTraffic(target.namespace);
}

export class ValkeyTraffic {
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Keys of all types and many sizes, one of 8 MB. */
  async fill(keys: number): Promise<void> {
    await this.#ask(`/fill?keys=${String(keys)}`);
  }

  async start(): Promise<void> {
    await this.#ask("/start");
  }

  /** Since it was last asked. */
  async stretch(): Promise<Stretch> {
    return (await this.#ask("/stretch")) as Stretch;
  }

  /** Stops it, reads all that was ever acknowledged, and tells what is not as it should be; of values read before too. */
  async wrong(): Promise<readonly string[]> {
    return (await this.#ask("/verify")) as readonly string[];
  }

  async #ask(door: string): Promise<unknown> {
    const { kube } = await admin();
    const where = { namespace: this.#namespace, pod: trafficPod, container: trafficPod, deadlineMs: 240_000 };
    const result = await kube.exec({ ...where, argv: trafficAsk(door) });
    if (result.outcome === "exited" && result.code === 0) return JSON.parse(result.stdout);
    throw new Error(`${door}: ${JSON.stringify(result).slice(0, 2000)}`);
  }
}

/** One line of what clients met. */
export function stretchText({ writes, reads, seconds, attempts, redirected, failed, ...longest }: Stretch): string {
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(failed).map(([kind, count]) => `${kind} ${String(count)}`);
  return [
    `${String(writes)} writes and ${String(reads)} reads in ${seconds.toFixed(0)} s`,
    `${String(failures)} of ${String(attempts)} attempts failed (${((100 * failures) / Math.max(1, attempts)).toFixed(3)} %${kinds.length === 0 ? "" : `: ${kinds.join(", ")}`})`,
    `${String(redirected)} sent elsewhere`,
    `longest write ${String(longest.longestWriteMs)} ms, longest read ${String(longest.longestReadMs)} ms`,
  ].join("; ");
}
