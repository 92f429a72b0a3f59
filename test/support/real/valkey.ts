/** A client of a Valkey cluster, in a pod of its own: it asks the Service and goes where it is sent. */
import { expect } from "vitest";
import { types } from "../../../src/kube/objects.ts";
import { imageNames } from "../../cluster/versions.ts";
import { admin } from "./cluster.ts";
import { dbopEnds, verb, type Target } from "./dbop.ts";
import { restrictedContainer, startPod } from "./restricted-pod.ts";

export interface ValkeyWish {
  readonly version: string;
  readonly shards?: number;
  /** Pods of each shard. */
  readonly replicas?: number;
  /** Further flags of `install`. */
  readonly flags?: readonly string[];
}

const small = ["--engine", "valkey", "--storage", "256Mi", "--cpu", "20m", "--memory", "256Mi"];
const tlsFlags = ["--tls", "--cacert", "/tls/ca.crt"];

/** With TLS from an authority of its own. */
export function installValkey(
  target: Target,
  { version, shards = 3, replicas = 2, flags = [] }: ValkeyWish,
): Promise<unknown> {
  const size = ["--version", version, "--shards", String(shards), "--replicas", String(replicas)];
  return dbopEnds(0, verb("install", target, ...small, ...size, ...flags));
}

/** Takes pods away, all at once, and for those that are to lose them their volumes. */
export async function takeAway(
  { namespace }: Target,
  pods: readonly string[],
  volumes: readonly string[] = [],
): Promise<void> {
  const { kube } = await admin();
  const gone = [
    ...volumes.map((pod) => ({ type: types.claim, namespace, name: `data-${pod}` })),
    ...pods.map((name) => ({ type: types.pod, namespace, name })),
  ];
  await Promise.all(
    gone.map(async (ref) => {
      const uid = (await kube.get(ref))?.metadata.uid ?? "";
      await kube.delete(ref, { uid, propagation: "Background" });
    }),
  );
}

/** Starts the client's pod. `ca`: the Secret whose ca.crt it trusts. */
export async function startClient(
  target: Target,
  version: string,
  { tls = true, pod = "client", ca = `${target.name}-tls` } = {},
): Promise<ValkeyClient> {
  const { namespace, name } = target;
  const image = imageNames.valkey(version);
  const password = { secretKeyRef: { name: `${name}-auth`, key: "password" } };
  await startPod({
    namespace,
    name: pod,
    container: restrictedContainer("client", image, {
      command: ["sleep", "3600"],
      env: [
        { name: "VALKEYCLI_AUTH", valueFrom: password },
        { name: "REDISCLI_AUTH", valueFrom: password },
      ],
      volumeMounts: tls ? [{ name: "tls", mountPath: "/tls", readOnly: true }] : [],
    }),
    volumes: tls ? [{ name: "tls", secret: { secretName: ca, items: [{ key: "ca.crt", path: "ca.crt" }] } }] : [],
  });
  return new ValkeyClient(target, pod, tls ? tlsFlags : []);
}

export class ValkeyClient {
  readonly #target: Target;
  readonly #pod: string;
  readonly #flags: readonly string[];

  constructor(target: Target, pod: string, flags: readonly string[]) {
    this.#target = target;
    this.#pod = pod;
    this.#flags = flags;
  }

  async set(pairs: ReadonlyMap<string, string>): Promise<void> {
    const answers = await this.#type([...pairs].map(([key, value]) => `SET ${key} ${value}`));
    expect(answers.filter((answer) => answer !== "OK")).toEqual([]);
  }

  values(keys: readonly string[]): Promise<readonly string[]> {
    return this.#type(keys.map((key) => `GET ${key}`));
  }

  /** Of commands whose answer is one line. */
  answers(commands: readonly string[]): Promise<readonly string[]> {
    return this.#type(commands);
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
    const where = { namespace, pod: this.#pod, container: "client", deadlineMs: 120_000 };
    const result = await kube.exec({ ...where, argv, ...(stdin === undefined ? {} : { stdin }) });
    if (result.outcome !== "exited" || result.code !== 0)
      throw new Error(`${argv.join(" ")}: ${JSON.stringify(result).slice(0, 2000)}`);
    return result.stdout;
  }
}
