/** Simulated nodes inside a FakeKube: its kubelet starts them, and what valkey-cli asks in their pods is answered in Valkey's words. */
import { claimName, placeOf, podName, type Place } from "../../../src/engines/valkey/names.ts";
import { serverOf, type Server } from "../../../src/engines/valkey/server.ts";
import type { ExecRequest, ExecResult } from "../../../src/kube/kube-client.ts";
import { listField, textField } from "../../../src/kube/fields.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import type { FakeKube } from "../fake-kube/fake-kube.ts";
import type { Disk, RunningContainer } from "../fake-kube/world.ts";
import { answerTo } from "./answers.ts";
import { SimulatedCluster, type SimulatedPod } from "./simulated-cluster.ts";
import { SimulatedNode } from "./simulated-node.ts";
import { lossIn } from "./invariants.ts";
import { runTool } from "./tool.ts";

const exited = (stdout: string, code = 0): ExecResult => ({ outcome: "exited", code, stdout, stderr: "" });
const stands = (): number => 0;

export class FakeValkey {
  readonly cluster = new SimulatedCluster(stands);
  /** What must never be, and was. */
  readonly violations: string[] = [];
  /** The next so many runs of `valkey-cli --cluster reshard` end half-way, and leave a slot that is neither here nor there. */
  interruptions = 0;
  readonly #fake: FakeKube;
  readonly #spec: { readonly name: string };
  readonly #containers = new Map<string, RunningContainer>();
  #nodes = 0;
  #talkedAt = 0;

  constructor(fake: FakeKube, name: string) {
    this.#fake = fake;
    this.#spec = { name };
    fake.kubelet({
      start: (pod, claims, container) => {
        this.#start(pod, claims[0]?.disk ?? new Map<string, unknown>(), container);
      },
      stop: (pod) => {
        this.cluster.pods.delete(pod.metadata.name);
      },
    });
    fake.onExec((pod, request) => this.#exec(pod, request));
  }

  /** The volume of a node is emptied, and its process ends with it. */
  loseDisk(place: Place): void {
    const pod = podName(this.#spec, place);
    const ref = { type: types.claim, namespace: "shop", name: claimName(this.#spec, place) };
    this.#fake.disk(this.#fake.peek(ref)?.metadata.uid ?? "")?.clear();
    this.cluster.pods.delete(pod);
    this.#containers.get(pod)?.exit(137, "killed");
  }

  #start(pod: KubeObject, disk: Disk, container: RunningContainer): void {
    const { name, uid = "" } = pod.metadata;
    const place = placeOf(this.#spec, name);
    if (place === undefined) throw new Error(`${name} is no node's`);
    const node = nodeOn(disk) ?? this.#newNode(place);
    disk.set("node", node);
    node.linked = false;
    const server = serverIn(pod);
    node.start(server);
    const marks = { nodeId: undefined, clusterId: undefined, server: undefined, terminating: false };
    this.cluster.claims.set(name, { place, uid, node, ...marks });
    const ip = textField(pod["status"], "podIP");
    this.cluster.pods.set(name, { place, uid, ip, server, revision: 0, up: true, terminating: false });
    this.#containers.set(name, container);
    container.ready();
  }

  #newNode(place: Place): SimulatedNode {
    this.#nodes += 1;
    return new SimulatedNode(this.#nodes.toString(16).padStart(40, "0"), place);
  }

  /** As much is said between nodes as time passes between two looks. */
  #talk(): void {
    const now = this.#fake.clock.now().getTime();
    if (now === this.#talkedAt) return;
    this.#talkedAt = now;
    this.cluster.converse(() => true);
  }

  #exec(pod: KubeObject, request: ExecRequest): ExecResult {
    this.#talk();
    const result = this.#ask(pod, request);
    const loss = lossIn(this.cluster);
    if (loss !== undefined) this.violations.push(`${loss} after ${request.stdin ?? request.argv.join(" ")}`);
    return result;
  }

  #ask(pod: KubeObject, { argv, stdin }: ExecRequest): ExecResult {
    const at = this.cluster.pods.get(pod.metadata.name);
    if (at === undefined) return exited("Could not connect to Valkey at 127.0.0.1:6379: Connection refused\n", 1);
    if (argv[0] !== "sh") throw new Error(`unexpected: ${argv.join(" ")}`);
    if (stdin === undefined) return this.#tool(at.place, argv.slice(argv.indexOf("--cluster") + 1));
    const answers = stdin
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (line.startsWith("ECHO ") ? line.slice("ECHO ".length) : this.#answer(at, line)));
    return exited(`${answers.join("\n")}\n`);
  }

  #answer({ place, server }: SimulatedPod, line: string): string {
    return answerTo({ cluster: this.cluster, spec: this.#spec, server }, place, line);
  }

  #tool(place: Place, words: readonly string[]): ExecResult {
    const interrupted = words[0] === "reshard" && this.interruptions > 0;
    if (interrupted) this.interruptions -= 1;
    runTool(this.cluster, place, { words, interrupted });
    return interrupted ? exited("[ERR] Calling MIGRATE: timed out\n", 124) : exited("[OK]\n");
  }
}

function nodeOn(disk: Disk): SimulatedNode | undefined {
  const node = disk.get("node");
  return node instanceof SimulatedNode ? node : undefined;
}

/** Of the image its pod runs: `registry/valkey:9.1.2`. */
function serverIn(pod: KubeObject): Server {
  const image = textField(listField(pod["spec"], "containers")[0], "image");
  return serverOf(/:([^:/]+)$/u.exec(image)?.[1] ?? "", image);
}
