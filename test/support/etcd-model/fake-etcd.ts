/** The simulated etcd inside a FakeKube: its kubelet starts the members, and execs of etcdctl are answered as the fixtures have it. */
import { parseMode } from "../../../src/engines/etcd/config-mode.ts";
import { readDirectory } from "../../../src/engines/etcd/data-directory.ts";
import type { ExecResult } from "../../../src/kube/kube-client.ts";
import { field, listField, textField } from "../../../src/kube/fields.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import type { FakeKube } from "../fake-kube/fake-kube.ts";
import type { RunningContainer } from "../fake-kube/world.ts";
import { FakeTls } from "./fake-tls.ts";
import { SimulatedEtcd, type Answer, type Beginning } from "./simulated-etcd.ts";

/** How long a learner takes to be sent the database. */
const catchUpMs = 700;
/** How often the leader looks whether the cluster may have another version. */
const monitorMs = 1_500;

const exited = (stdout: string): ExecResult => ({ outcome: "exited", code: 0, stdout, stderr: "" });
const failed = (error: string, stdout = ""): ExecResult => ({
  outcome: "exited",
  code: 1,
  stdout,
  stderr: `{"level":"warn","logger":"etcd-client","msg":"retrying of unary invoker failed"}\nError: ${error}\n`,
});

export class FakeEtcd {
  readonly etcd = new SimulatedEtcd();
  readonly tls: FakeTls;
  /** Every change that was asked of etcd and done, in order. */
  readonly changes: string[] = [];
  /** Versions of which no image can be had. */
  readonly unpullable = new Set<string>();
  readonly #fake: FakeKube;
  readonly #name: string;
  readonly #containers = new Map<number, RunningContainer>();
  #refreshing = false;
  #scheme = "http";

  constructor(fake: FakeKube, name: string) {
    this.#fake = fake;
    this.#name = name;
    this.tls = new FakeTls(fake);
    fake.kubelet({
      start: (pod, claims, container) => {
        this.#start(pod, claims[0]?.disk ?? new Map<string, unknown>(), container);
      },
      stop: (pod) => {
        this.#stop(this.#ordinalOf(pod.metadata.name));
      },
    });
    fake.onExec((pod, { argv }) => this.#exec(pod, argv));
  }

  #ordinalOf(pod: string): number {
    return Number(pod.slice(this.#name.length + 1));
  }

  #start(pod: KubeObject, disk: Map<string, unknown>, container: RunningContainer): void {
    const ordinal = this.#ordinalOf(pod.metadata.name);
    const told = this.#configFor(pod);
    if (told === undefined) {
      container.exit(1, `"error":"open /etc/etcd/members/${pod.metadata.name}.yaml: no such file or directory"`);
      return;
    }
    const version = versionOf(pod);
    if (this.unpullable.has(version)) {
      container.waiting("ErrImagePull", `no image of ${version}`);
      return;
    }
    this.tls.start(ordinal, pod);
    const started = this.etcd.start(ordinal, disk, { ...told, version });
    if (!started.running) {
      container.exit(started.code, started.message === "" ? undefined : started.message);
      return;
    }
    this.#containers.set(ordinal, container);
    this.#fake.clock.schedule(catchUpMs, () => {
      this.etcd.syncLearners();
      this.refresh();
    });
    this.#monitor();
    this.refresh();
  }

  #monitor(): void {
    this.#fake.clock.schedule(monitorMs, () => {
      this.etcd.settleVersions();
    });
  }

  #stop(ordinal: number): void {
    this.#containers.delete(ordinal);
    this.etcd.stop(ordinal);
    this.refresh();
  }

  /** What the configuration file of the pod says; undefined when there is none. */
  #configFor(pod: KubeObject): Pick<Beginning, "mode" | "directory"> | undefined {
    const { name, namespace } = pod.metadata;
    const map = this.#fake.peek({
      type: types.configMap,
      ...(namespace && { namespace }),
      name: `${this.#name}-config`,
    });
    const text = textField(field(map, "data"), `${name}.yaml`);
    if (text === "") return undefined;
    const config: unknown = JSON.parse(text);
    this.#scheme = textField(config, "listen-client-urls").split(":")[0] ?? "";
    const names = textField(config, "initial-cluster").split(",");
    const ordinals = names.map((entry) => this.#ordinalOf(entry.split("=")[0] ?? ""));
    if (textField(config, "name") !== name) throw new Error(`the configuration of ${name} is another's`);
    const mode = parseMode(`${textField(config, "initial-cluster-state")}:${ordinals.join(",")}`);
    const directory = readDirectory(textField(config, "data-dir").split("/").at(-1));
    if (directory === undefined) throw new Error(`${name} keeps its data in ${textField(config, "data-dir")}`);
    return mode && { mode, directory };
  }

  /** The members' state as the kubelet's probes see it. */
  refresh(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.etcd.elect();
    this.tls.refresh([...this.#containers.keys()]);
    for (const [ordinal, container] of this.#containers) {
      if (this.etcd.isDismissed(ordinal)) {
        this.#containers.delete(ordinal);
        this.etcd.stop(ordinal);
        container.exit(0);
      } else container.ready(this.etcd.isServing(ordinal));
    }
    this.#refreshing = false;
  }

  /** The disk of this member is lost, and its process with it. */
  loseDisk(ordinal: number): void {
    const ref = { type: types.claim, namespace: "shop", name: `data-${this.#name}-${String(ordinal)}` };
    this.#fake.disk(this.#fake.peek(ref)?.metadata.uid ?? "")?.clear();
    const container = this.#containers.get(ordinal);
    this.#containers.delete(ordinal);
    this.etcd.stop(ordinal);
    container?.exit(2, "killed");
    this.refresh();
  }

  #exec(pod: KubeObject, argv: readonly string[]): ExecResult {
    const ordinal = this.#ordinalOf(pod.metadata.name);
    const words = argv.slice(1).filter((word) => !word.startsWith("--"));
    const endpoints = (argv.find((word) => word.startsWith("--endpoints=")) ?? "")
      .slice("--endpoints=".length)
      .split(",");
    if (argv[0] !== "etcdctl" || !argv.includes("--write-out=json")) throw new Error(`unexpected: ${argv.join(" ")}`);
    const [noun, verb, subject = ""] = words;
    this.tls.refresh([...this.#containers.keys()]);
    if (noun === "endpoint" && verb === "status") return this.#status(ordinal, endpoints);
    if (!this.etcd.answers(ordinal) || !this.tls.admits(ordinal, ordinal, "localhost"))
      return failed("context deadline exceeded");
    if (noun === "member" && verb === "list") return this.#members(ordinal);
    const answer = this.#change(ordinal, [noun ?? "", verb ?? "", subject]);
    if (answer.ok) this.changes.push(words.join(" "));
    this.refresh();
    return answer.ok ? exited("{}") : failed(answer.error);
  }

  #change(ordinal: number, [noun, verb, subject]: readonly [string, string, string]): Answer {
    switch (`${noun} ${verb}`.trim()) {
      case "member add":
        return this.etcd.add(this.#ordinalOf(subject));
      case "member promote":
        return this.etcd.promote(subject);
      case "member remove":
        return this.etcd.remove(subject);
      case "alarm disarm":
        return this.etcd.disarm();
      case "defrag":
        return this.etcd.defragment(ordinal);
      case "downgrade enable":
        this.#monitor();
        return this.etcd.enableDowngrade(ordinal, subject);
      case "downgrade cancel":
        this.#monitor();
        return this.etcd.cancelDowngrade(ordinal);
    }
    if (noun === "move-leader") return this.etcd.moveLeader(ordinal, verb);
    if (noun === "compact") return this.etcd.compact(Number(verb));
    throw new Error(`etcdctl was asked for ${noun} ${verb}`);
  }

  #members(ordinal: number): ExecResult {
    if (!this.etcd.hasQuorum() || this.etcd.leaderId === "0") return failed("context deadline exceeded");
    const members = this.etcd.members.map(({ id, ordinal: one, started, learner }) => ({
      ID: digits(id),
      ...(started && { name: `${this.#name}-${String(one)}` }),
      peerURLs: [this.#url(one, 2380)],
      ...(started && { clientURLs: [this.#url(one, 2379)] }),
      ...(learner && { isLearner: true }),
    }));
    return exited(json({ header: this.#header(ordinal), members }));
  }

  #status(via: number, endpoints: readonly string[]): ExecResult {
    const answers = endpoints.flatMap((endpoint) => {
      const host = endpoint.split("://")[1] ?? "";
      const ordinal = /^(localhost|127\.)/u.test(host) ? via : this.#ordinalOf(host.split(".")[0] ?? "");
      if (!this.etcd.answers(ordinal) || !this.tls.admits(via, ordinal, host.split(":")[0] ?? "")) return [];
      const status = {
        header: { ...this.#header(ordinal), revision: this.etcd.revision },
        version: this.etcd.versionAt(ordinal),
        ...this.#newerFields(ordinal, via),
        dbSize: this.etcd.fragmented.has(ordinal) ? 2 ** 30 : 24576,
        ...(this.etcd.leaderId !== "0" && { leader: digits(this.etcd.leaderId) }),
        raftIndex: this.etcd.index,
        raftTerm: 2,
        raftAppliedIndex: this.etcd.appliedAt(ordinal),
        ...(this.etcd.alarms.length > 0 && {
          errors: this.etcd.alarms.map(
            ({ memberId, type }) => `memberID:${BigInt(`0x${memberId}`).toString()} alarm:${type} `,
          ),
        }),
        dbSizeInUse: 24576,
      };
      return [{ Endpoint: endpoint, Status: status }];
    });
    return answers.length === endpoints.length
      ? exited(json(answers))
      : failed("context deadline exceeded", json(answers));
  }

  /** What 3.6 tells and the etcdctl of 3.5 leaves out. */
  #newerFields(ordinal: number, via: number): object {
    const storage = this.etcd.storageAt(ordinal);
    const { downgrade } = this.etcd.versions;
    if (storage === undefined || this.etcd.versionAt(via).startsWith("3.5.")) return {};
    const downgradeInfo = downgrade === undefined ? {} : { enabled: true, targetVersion: `${downgrade}.0` };
    return { storageVersion: `${storage}.0`, downgradeInfo };
  }

  #header(ordinal: number): object {
    return {
      cluster_id: digits(this.etcd.clusterId),
      member_id: digits(this.etcd.memberIdAt(ordinal) ?? "0"),
      raft_term: 2,
    };
  }

  #url(ordinal: number, port: number): string {
    return `${this.#scheme}://${this.#name}-${String(ordinal)}.${this.#name}-members.shop.svc:${String(port)}`;
  }
}

/** Of the image its pod runs: `registry/etcd:v3.6.16`. */
function versionOf(pod: KubeObject): string {
  const [container] = listField(pod["spec"], "containers");
  return /:v(.+)$/u.exec(textField(container, "image"))?.[1] ?? "";
}

/** A uint64 that {@link json} writes as a bare number. */
const digits = (id: string): string => `#${BigInt(`0x${id}`).toString()}`;
const json = (value: unknown): string => JSON.stringify(value).replaceAll(/"#(\d+)"/gu, "$1");
