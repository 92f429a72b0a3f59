/** What etcd says of itself, asked through one running member. */
import { isDbopError } from "../../../errors.ts";
import type { CallOptions, ExecResult } from "../../../kube/kube-client.ts";
import type { Reader } from "../../engine.ts";
import { field, listField, numberField, textField } from "../../../kube/fields.ts";
import { etcdctl, hexId, parseEtcdJson, type Question } from "../etcdctl.ts";
import { clientPort, clientUrl, localUrl, memberName, ordinalOf, ordinalOfPeerUrl } from "../names.ts";
import type { Alarm, EndpointSeen, MemberSeen, Membership } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

const deadlineMs = 4_000;
/** etcdctl knocks at a closed port for as long as it may. Where none may be open yet, looking again soon is better. */
const briefMs = 2_000;
/** For a question that makes the member read its whole database. */
const longMs = 30_000;

/** Ordinals of the members whose container runs. */
export interface Running {
  readonly ready: readonly number[];
  /** They may have only just started. */
  readonly unready: readonly number[];
}

/**
 * The membership as the quorum knows it: a linearizable read, so an answer proves a quorum. Asks the first ready member, then all
 * others at once; when none answers the membership is unknown, never empty.
 */
export async function observeMembership(
  read: Reader,
  spec: EtcdSpec,
  { ready: [first, ...others], unready }: Running,
): Promise<Membership> {
  const answer = first === undefined ? undefined : await askMembers(read, spec, { ordinal: first });
  if (answer?.known === true) return answer;
  const more = await Promise.all([
    ...others.map((ordinal) => askMembers(read, spec, { ordinal })),
    ...unready.map((ordinal) => askMembers(read, spec, { ordinal, deadlineMs: briefMs })),
  ]);
  const unknown = answer ?? more[0] ?? { known: false, why: "no member is running" };
  return more.find((candidate) => candidate.known) ?? unknown;
}

async function askMembers(
  read: Reader,
  spec: EtcdSpec,
  whom: Pick<Asking, "ordinal" | "deadlineMs">,
): Promise<Membership> {
  const result = await ask(read, spec, { ...whom, endpoints: [localUrl(spec)], args: ["member", "list"] });
  if (result.outcome === "exited" && result.code === 0) return readMembership(spec, parseEtcdJson(result.stdout));
  return { known: false, why: `${memberName(spec, whom.ordinal)}: ${reasonOf(result)}` };
}

/**
 * The members that answer, each asked for its own local view. One that does not answer is left out. All that run are asked while
 * `membership` is on its way: one that has just left is silent for seconds, so if there is any, the others are asked without it.
 */
export async function observeEndpoints(
  read: Reader,
  spec: EtcdSpec,
  { running, membership }: { readonly running: Running; readonly membership: Promise<Membership> },
): Promise<readonly EndpointSeen[]> {
  const better = new AbortController();
  const all = askEndpoints(read, spec, { ...running, signal: better.signal });
  all.catch(() => undefined); // returned below, or of no interest any more
  const found = await membership;
  if (!found.known) return all;
  const isMember = (ordinal: number): boolean => found.members.some((member) => member.ordinal === ordinal);
  if ([...running.ready, ...running.unready].every(isMember)) return all;
  better.abort();
  return askEndpoints(read, spec, {
    ready: running.ready.filter(isMember),
    unready: running.unready.filter(isMember),
  });
}

/** The ready members through one of them, the others and those that were not found in their own pods: a pod's DNS name lags behind it. */
async function askEndpoints(
  read: Reader,
  spec: EtcdSpec,
  { ready, unready, ...cancel }: Running & CallOptions,
): Promise<readonly EndpointSeen[]> {
  const alone = (ordinal: number, brief: Pick<Asking, "deadlineMs">): Promise<readonly EndpointSeen[]> =>
    askStatus(read, spec, { ordinal, endpoints: [localUrl(spec)], self: ordinal, ...brief, ...cancel });
  const [via] = ready;
  const endpoints = ready.map((ordinal) => clientUrl(spec, ordinal));
  const [together, ...others] = await Promise.all([
    via === undefined ? [] : askStatus(read, spec, { ordinal: via, endpoints, ...cancel }),
    ...unready.map((ordinal) => alone(ordinal, { deadlineMs: briefMs })),
  ]);
  const answered = new Set(together.map((endpoint) => endpoint.ordinal));
  const silent = ready.filter((ordinal) => !answered.has(ordinal));
  const late = await Promise.all(silent.map((ordinal) => alone(ordinal, {})));
  return [...together, ...others.flat(), ...late.flat()].toSorted((a, b) => a.ordinal - b.ordinal);
}

/** The revision up to which history is compacted, as one member knows it; undefined when it does not answer. */
export async function observeCompactRevision(read: Reader, spec: EtcdSpec, via: number): Promise<number | undefined> {
  const question = { ordinal: via, endpoints: [localUrl(spec)], args: ["endpoint", "hashkv"], deadlineMs: longMs };
  const result = await ask(read, spec, question);
  if (result.outcome !== "exited" || result.code !== 0) return undefined;
  const [first] = asList(parseEtcdJson(result.stdout));
  return numberField(field(first, "HashKV"), "compact_revision");
}

/**
 * The members with the hash of their keys and values at the lowest revision among them: equal for all that hold the same. One that
 * does not answer keeps an undefined hash.
 */
export async function observeHashes(
  read: Reader,
  spec: EtcdSpec,
  endpoints: readonly EndpointSeen[],
): Promise<readonly EndpointSeen[]> {
  const [first] = endpoints;
  if (first === undefined) return endpoints;
  const revision = Math.min(...endpoints.map((endpoint) => endpoint.revision));
  const result = await ask(read, spec, {
    ordinal: first.ordinal,
    endpoints: endpoints.map((endpoint) => clientUrl(spec, endpoint.ordinal)),
    args: ["endpoint", "hashkv", `--rev=${String(revision)}`],
  });
  if (result.outcome !== "exited" || result.stdout.trim() === "") return endpoints;
  const hashes = new Map(
    asList(parseEtcdJson(result.stdout)).map((entry) => [
      hostOrdinal(spec, entry),
      numberField(field(entry, "HashKV"), "hash"),
    ]),
  );
  return endpoints.map((endpoint) => ({ ...endpoint, hash: hashes.get(endpoint.ordinal) }));
}

/** @param question `self`: the ordinal of the member that is asked in its own pod, where its endpoint is localhost. */
async function askStatus(
  read: Reader,
  spec: EtcdSpec,
  question: Omit<Asking, "args"> & { readonly self?: number },
): Promise<readonly EndpointSeen[]> {
  const { self, ...rest } = question;
  const result = await ask(read, spec, { ...rest, args: ["endpoint", "status"] });
  // It exits with 1 when any endpoint was silent and still prints those that answered.
  if (result.outcome !== "exited" || result.stdout.trim() === "") return [];
  return asList(parseEtcdJson(result.stdout)).flatMap((entry) => readEndpoint(spec, entry, self) ?? []);
}

/** Whether the member itself shows the certificate that alone is valid at this loopback address. False when it does not answer. */
export async function showsCertificate(
  read: Reader,
  spec: EtcdSpec,
  { ordinal, address }: { readonly ordinal: number; readonly address: string },
): Promise<boolean> {
  const endpoints = [`https://${address}:${String(clientPort)}`];
  const answer = await askStatus(read, spec, { ordinal, endpoints, self: ordinal, deadlineMs: briefMs });
  return answer.length > 0;
}

type Asking = Omit<Question, "deadlineMs"> & Partial<Pick<Question, "deadlineMs">>;

/** A member that can't be asked is unknown, whatever the reason; missing rights are not: they concern every member alike. */
async function ask(read: Reader, spec: EtcdSpec, asking: Asking): Promise<ExecResult> {
  const result = await askOnce(read, spec, asking);
  // It changes nothing, so it may be asked again. What took all its time would take it again.
  return result.outcome === "unknown" && result.late !== true ? askOnce(read, spec, asking) : result;
}

async function askOnce(read: Reader, spec: EtcdSpec, asking: Asking): Promise<ExecResult> {
  try {
    return await etcdctl(read, spec, { deadlineMs, ...asking });
  } catch (error) {
    if (!isDbopError(error, "NotFound", "ServerError", "Invalid", "Unknown", "Conflict")) throw error;
    return { outcome: "unknown", why: error.message, stdout: "", stderr: "" };
  }
}

function readMembership(spec: EtcdSpec, answer: unknown): Membership {
  const members = listField(answer, "members").map((member): MemberSeen => {
    const [first] = listField(member, "peerURLs");
    const peerUrl = typeof first === "string" ? first : "";
    return {
      id: hexId(field(member, "ID")),
      ordinal: ordinalOfPeerUrl(spec, peerUrl),
      peerUrl,
      started: textField(member, "name") !== "",
      learner: field(member, "isLearner") === true,
    };
  });
  // etcd lists them by id, which says nothing: by ordinal a plan reads the same each time.
  const ordered = members.toSorted((a, b) => (a.ordinal ?? Infinity) - (b.ordinal ?? Infinity));
  return { known: true, clusterId: hexId(field(field(answer, "header"), "cluster_id")), members: ordered };
}

function readEndpoint(spec: EtcdSpec, entry: unknown, self: number | undefined): EndpointSeen | undefined {
  const ordinal = self ?? hostOrdinal(spec, entry);
  const status = field(entry, "Status");
  const header = field(status, "header");
  if (ordinal === undefined || header === undefined) return undefined;
  return {
    ordinal,
    memberId: hexId(field(header, "member_id")),
    clusterId: hexId(field(header, "cluster_id")),
    leaderId: hexId(field(status, "leader")),
    revision: numberField(header, "revision"),
    raftIndex: numberField(status, "raftIndex"),
    appliedIndex: numberField(status, "raftAppliedIndex"),
    dbSize: numberField(status, "dbSize"),
    dbSizeInUse: numberField(status, "dbSizeInUse"),
    version: textField(status, "version"),
    storageVersion: textField(status, "storageVersion") || undefined,
    downgradeTo: downgradeOf(field(status, "downgradeInfo")),
    hash: undefined,
    alarms: listField(status, "errors").flatMap((error) => readAlarm(String(error)) ?? []),
  };
}

function downgradeOf(info: unknown): string | undefined {
  return field(info, "enabled") === true ? textField(info, "targetVersion") || undefined : undefined;
}

/** etcdctl names the endpoint it asked: `https://demo-0.demo-members.default.svc:2379`. */
function hostOrdinal(spec: EtcdSpec, entry: unknown): number | undefined {
  return ordinalOf(spec, textField(entry, "Endpoint").split("://")[1]?.split(".")[0] ?? "");
}

/** `endpoint status` tells alarms as text: `memberID:10276657743932975437 alarm:NOSPACE `; 3.5 leaves the id out of CORRUPT. */
function readAlarm(text: string): Alarm | undefined {
  const match = /(?:memberID:(\d+) )?alarm:(NOSPACE|CORRUPT)/u.exec(text);
  if (match === null) return undefined;
  return { memberId: hexId(match[1]), type: match[2] === "NOSPACE" ? "NOSPACE" : "CORRUPT" };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function reasonOf(result: ExecResult): string {
  if (result.outcome === "unknown") return result.why;
  return lastErrorLine(result.stderr) ?? `etcdctl ended with code ${String(result.code)}`;
}

/** etcdctl logs JSON warnings before its one plain line `Error: …`. */
export function lastErrorLine(stderr: string): string | undefined {
  const lines = stderr.trim().split("\n");
  return lines.findLast((line) => line.startsWith("Error:")) ?? lines.findLast((line) => line !== "");
}
