/** What a client and an administrator of etcd do, through etcdctl in a member's pod. */
import { expect } from "vitest";
import type { ExecResult } from "../../../src/kube/kube-client.ts";
import { field, listField, textField } from "../../../src/kube/fields.ts";
import { admin } from "./cluster.ts";
import type { Target } from "./dbop.ts";

export interface AskOptions {
  /** Which member's pod; default 0. */
  readonly ordinal?: number;
  /** Default true. */
  readonly tls?: boolean;
  /** Default the member itself. */
  readonly endpoint?: string;
  readonly stdin?: string;
}

/** Whatever etcdctl answers. */
export async function askEtcd(
  { namespace, name }: Target,
  args: readonly string[],
  options: AskOptions = {},
): Promise<ExecResult> {
  const { ordinal = 0, tls = true, endpoint, stdin } = options;
  const { kube } = await admin();
  const directory = "/etc/etcd/tls/client";
  const flags = tls
    ? [`--cacert=${directory}/ca.crt`, `--cert=${directory}/tls.crt`, `--key=${directory}/tls.key`]
    : [];
  return kube.exec({
    namespace,
    pod: `${name}-${String(ordinal)}`,
    container: "etcd",
    argv: ["etcdctl", `--endpoints=${endpoint ?? `${tls ? "https" : "http"}://localhost:2379`}`, ...flags, ...args],
    deadlineMs: 120_000,
    ...(stdin === undefined ? {} : { stdin }),
  });
}

/** etcdctl's stdout; it must succeed. */
export async function etcdctl(target: Target, args: readonly string[], options: AskOptions = {}): Promise<string> {
  const result = await askEtcd(target, args, options);
  if (result.outcome !== "exited" || result.code !== 0)
    throw new Error(`etcdctl ${args.join(" ")}: ${JSON.stringify(result)}`);
  return result.stdout;
}

export interface Member {
  /** As etcd prints it: decimal text. */
  readonly id: string;
  readonly name: string;
  readonly learner: boolean;
}

export async function members(target: Target, options: AskOptions = {}): Promise<readonly Member[]> {
  const text = await etcdctl(target, ["member", "list", "--write-out=json"], options);
  // Ids are uint64: their digits are kept.
  const answer: unknown = JSON.parse(text.replaceAll(/"(ID|cluster_id|member_id)":(\d+)/gu, '"$1":"$2"'));
  return listField(answer, "members").map((member) => ({
    id: textField(member, "ID"),
    name: textField(member, "name"),
    learner: field(member, "isLearner") === true,
  }));
}

/** How the members of these ordinals are reached from any pod. */
function endpointsOf({ namespace, name }: Target, ordinals: readonly number[] = [0, 1, 2]): string {
  return ordinals.map((one) => `https://${name}-${String(one)}.${name}-members.${namespace}.svc:2379`).join(",");
}

/** Makes the member of this ordinal, of three, the leader. */
export async function leadBy(target: Target, ordinal: number): Promise<void> {
  const id = (await members(target)).find(({ name }) => name === `${target.name}-${String(ordinal)}`)?.id ?? "0";
  const status = await etcdctl(target, ["endpoint", "status", "--write-out=fields"]);
  if (status.includes(`"Leader" : ${id}\n`)) return;
  await etcdctl(target, ["move-leader", BigInt(id).toString(16)], { endpoint: endpointsOf(target) });
}

/** What each of three members says it runs. */
export async function versions(target: Target): Promise<readonly string[]> {
  const args = ["endpoint", "status", "--write-out=fields"];
  const text = await etcdctl(target, args, { endpoint: endpointsOf(target) });
  return [...text.matchAll(/^"Version" : "(.+)"$/gmu)].map(([, version]) => version ?? "");
}

/** As many voters as asked for, each once, no learner. */
export async function expectMembers(
  target: Target,
  count: number,
  options: AskOptions = {},
): Promise<readonly Member[]> {
  const found = await members(target, options);
  const names = found.map(({ name }) => name).toSorted();
  expect(names).toEqual(Array.from({ length: count }, (_, ordinal) => `${target.name}-${String(ordinal)}`));
  expect(found.filter(({ learner }) => learner)).toEqual([]);
  expect(new Set(found.map(({ id }) => id)).size).toBe(count);
  return found;
}

/** Writes `key` = `value` for each pair in as few transactions as etcd allows. */
export async function putAll(
  target: Target,
  pairs: ReadonlyMap<string, string>,
  options: AskOptions = {},
): Promise<void> {
  const entries = [...pairs];
  for (let from = 0; from < entries.length; from += 100) {
    const puts = entries.slice(from, from + 100).map(([key, value]) => `put ${key} ${value}`);
    // No comparison; what follows is done; nothing else.
    await etcdctl(target, ["txn"], { ...options, stdin: `\n${puts.join("\n")}\n\n\n` });
  }
}

/** Every key under `prefix` as this very member holds it, without asking the others. */
export async function readAll(
  target: Target,
  prefix: string,
  options: AskOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const lines = (await etcdctl(target, ["get", prefix, "--prefix", "--consistency=s"], options)).split("\n");
  return new Map(
    Array.from({ length: Math.floor(lines.length / 2) }, (_, index) => [
      lines[2 * index] ?? "",
      lines[2 * index + 1] ?? "",
    ]),
  );
}

/** Twenty keys to find again later. */
export const someData: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 20 }, (_, index) => [`data/${String(index)}`, `value-${String(index)}`]),
);
