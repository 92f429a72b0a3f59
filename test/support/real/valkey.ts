/** A client of a Valkey cluster, in a pod of its own: it asks the Service and goes where it is sent. */
import { expect } from "vitest";
import { imageNames } from "../../cluster/versions.ts";
import { admin, kubectl } from "./cluster.ts";
import { dbopEnds, verb, type Target } from "./dbop.ts";
import { restrictedContainer, startPod } from "./restricted-pod.ts";

export interface ValkeyWish {
  readonly version: string;
  readonly shards?: number;
  /** Pods of each shard. */
  readonly replicas?: number;
}

const small = ["--engine", "valkey", "--storage", "256Mi", "--cpu", "20m", "--memory", "256Mi"];
const tlsFlags = ["--tls", "--cacert", "/tls/ca.crt"];

/** With TLS from an authority of its own. */
export function installValkey(target: Target, { version, shards = 3, replicas = 2 }: ValkeyWish): Promise<unknown> {
  const size = ["--version", version, "--shards", String(shards), "--replicas", String(replicas)];
  return dbopEnds(0, verb("install", target, ...small, ...size));
}

/**
 * Writes numbered keys, each until it is acknowledged, and prints `ack NUMBER SECONDS` for it. `-c` follows where it is sent; a connection that breaks is
 * made anew.
 */
const writerScript = `
n=0
while :; do
  until [ "$(valkey-cli $FLAGS -h "$TARGET" -c -t 2 SET "w/$n" "$n" 2>/dev/null)" = OK ]; do sleep 0.05; done
  read now _ </proc/uptime
  echo "ack $n $now"
  n=$((n + 1))
done`;

export interface Stretch {
  readonly writes: number;
  readonly seconds: number;
  readonly longestGapMs: number;
}

/** Starts the client's pod; another that writes is started when asked for. */
export async function startClient(target: Target, version: string, { tls = true } = {}): Promise<ValkeyClient> {
  const { namespace, name } = target;
  const image = imageNames.valkey(version);
  const password = { secretKeyRef: { name: `${name}-auth`, key: "password" } };
  const env = [
    { name: "TARGET", value: name },
    { name: "FLAGS", value: tls ? tlsFlags.join(" ") : "" },
    { name: "VALKEYCLI_AUTH", valueFrom: password },
    { name: "REDISCLI_AUTH", valueFrom: password },
  ];
  const pod = (called: string, command: readonly string[]): ReturnType<typeof startPod> =>
    startPod({
      namespace,
      name: called,
      container: restrictedContainer("client", image, {
        command,
        env,
        volumeMounts: tls ? [{ name: "tls", mountPath: "/tls", readOnly: true }] : [],
      }),
      volumes: tls
        ? [{ name: "tls", secret: { secretName: `${name}-tls`, items: [{ key: "ca.crt", path: "ca.crt" }] } }]
        : [],
    });
  await pod("client", ["sleep", "3600"]);
  const flags = tls ? tlsFlags : [];
  return new ValkeyClient(target, flags, () => pod("writer", ["sh", "-c", writerScript]));
}

export class ValkeyClient {
  readonly #target: Target;
  readonly #flags: readonly string[];
  readonly #startWriter: () => Promise<void>;

  constructor(target: Target, flags: readonly string[], startWriter: () => Promise<void>) {
    this.#target = target;
    this.#flags = flags;
    this.#startWriter = startWriter;
  }

  /** Returns when the first writes are acknowledged. */
  async startWriting(): Promise<void> {
    await this.#startWriter();
    await expect.poll(() => this.#acknowledgements(), { timeout: 120_000 }).not.toEqual([]);
  }

  /** Numbers of all writes acknowledged so far, and when, in seconds. */
  async #acknowledgements(): Promise<readonly (readonly [number: number, at: number])[]> {
    const log = await kubectl(["logs", "writer", "-n", this.#target.namespace]);
    return [...log.matchAll(/^ack (\d+) ([\d.]+)$/gmu)].map(([, number, at]) => [Number(number), Number(at)] as const);
  }

  /** From the first write to now. */
  async written(): Promise<Stretch> {
    const acks = await this.#acknowledgements();
    const times = acks.map(([, at]) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
    return {
      writes: acks.length,
      seconds: Math.round((times.at(-1) ?? 0) - (times[0] ?? 0)),
      longestGapMs: Math.round(1000 * Math.max(0, ...gaps)),
    };
  }

  /** Acknowledged writes that are not there, or have another value. */
  async missing(): Promise<readonly number[]> {
    const numbers = (await this.#acknowledgements()).map(([number]) => number);
    const values = await this.values(numbers.map((number) => `w/${String(number)}`));
    return numbers.filter((number, index) => values[index] !== String(number));
  }

  async set(pairs: ReadonlyMap<string, string>): Promise<void> {
    const answers = await this.#type([...pairs].map(([key, value]) => `SET ${key} ${value}`));
    expect(answers.filter((answer) => answer !== "OK")).toEqual([]);
  }

  values(keys: readonly string[]): Promise<readonly string[]> {
    return this.#type(keys.map((key) => `GET ${key}`));
  }

  /** Many keys of several types, and one of 8 MB. */
  async fill(keys: number): Promise<void> {
    const words = [
      ...this.#flags,
      "-h",
      this.#target.name,
      "--cluster",
      "-q",
      "-n",
      String(keys),
      "-r",
      "1000000",
      "-d",
      "200",
    ];
    const fill = `valkey-benchmark ${words.join(" ")} -a "$VALKEYCLI_AUTH" -t set,hset,sadd,rpush >/dev/null 2>&1`;
    const large = `head -c 8000000 /dev/zero | tr '\\0' x | valkey-cli ${this.#flags.join(" ")} -h ${this.#target.name} -c -x SET large`;
    expect(await this.#run(["sh", "-ec", `${fill}; ${large}`])).toContain("OK");
  }

  /** Of all primaries together: the keys there are, and the length of the one of 8 MB. */
  async size(): Promise<{ readonly keys: number; readonly large: number }> {
    const told = await this.#run(["valkey-cli", ...this.#flags, "--cluster", "info", `${this.#target.name}:6379`]);
    const keys = Number(/\[OK\] (\d+) keys in/u.exec(told)?.[1]);
    const [large] = await this.#type(["STRLEN large"]);
    return { keys, large: Number(large) };
  }

  /** `valkey-cli --cluster check`: what Valkey's own tool thinks of it. */
  check(): Promise<string> {
    return this.#run(["valkey-cli", ...this.#flags, "--cluster", "check", `${this.#target.name}:6379`]);
  }

  /** One answer a line: only for commands whose answer is one. */
  async #type(commands: readonly string[]): Promise<readonly string[]> {
    const text = await this.#run(
      ["valkey-cli", ...this.#flags, "-h", this.#target.name, "-c"],
      `${commands.join("\n")}\n`,
    );
    const lines = text.split("\n").slice(0, -1);
    return lines.filter((line) => !line.startsWith("-> Redirected"));
  }

  async #run(argv: readonly string[], stdin?: string): Promise<string> {
    const { kube } = await admin();
    const { namespace } = this.#target;
    const where = { namespace, pod: "client", container: "client", deadlineMs: 120_000 };
    const result = await kube.exec({ ...where, argv, ...(stdin === undefined ? {} : { stdin }) });
    if (result.outcome !== "exited" || result.code !== 0)
      throw new Error(`${argv.join(" ")}: ${JSON.stringify(result).slice(0, 2000)}`);
    return result.stdout;
  }
}
