/** What the pod of a Job says of itself, for people: which container is at work, what it waits for, how it failed. Pure. */
import { field, listField, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";

interface ContainerSeen {
  readonly name: string;
  readonly state: unknown;
  /** How it ended before it was started again; only a sidecar is. */
  readonly before: unknown;
}

function containersOf(pod: KubeObject | undefined): readonly ContainerSeen[] {
  const status = pod?.["status"];
  const all = [...listField(status, "initContainerStatuses"), ...listField(status, "containerStatuses")];
  return all.map((one) => ({
    name: textField(one, "name"),
    state: field(one, "state"),
    before: field(field(one, "lastState"), "terminated"),
  }));
}

/** Which container failed, and its last line; the Job's own word when no pod is left to ask. */
export function failureOf(pod: KubeObject | undefined, condition: unknown): string {
  const ended = failedIn(pod);
  if (ended === undefined) return textField(condition, "message") || "its pod is gone";
  return `${ended.name}: ${endOf(ended.end)}`;
}

function failedIn(pod: KubeObject | undefined): { readonly name: string; readonly end: unknown } | undefined {
  return containersOf(pod)
    .map(({ name, state }) => ({ name, end: field(state, "terminated") }))
    .find(({ end }) => end !== undefined && numberField(end, "exitCode") !== 0);
}

/** The container whose log says more than its status: that holds no more than the first 2048 bytes of the last lines. */
export function failedContainer(pod: KubeObject): string | undefined {
  const failed = failedIn(pod);
  return failed === undefined || textField(failed.end, "message") === "" ? undefined : failed.name;
}

/** {@link failureOf} from the container's log instead; undefined when that says nothing. */
export function failureIn(container: string, log: string): string | undefined {
  return linesOf(log).length === 0 ? undefined : `${container}: ${endOf({ message: log })}`;
}

/** A sidecar that ends is started again for ever, and what waits for it waits for ever: that is a failure, whatever its Job says. */
export function crashOf(pod: KubeObject | undefined): string | undefined {
  const crashed = containersOf(pod).find(
    ({ state, before }) => before !== undefined && textField(field(state, "waiting"), "reason") === "CrashLoopBackOff",
  );
  return crashed && `${crashed.name}: ${endOf(crashed.before)}`;
}

function endOf(end: unknown): string {
  if (textField(end, "reason") === "OOMKilled") return "it was killed for using more memory than its limit";
  const lines = linesOf(textField(end, "message"));
  // The last line that means something: the kubelet may have cut the last of all in two.
  const line = lines.findLast((one) => meaningOf(one) !== undefined) ?? lines.at(-1);
  if (line === undefined) return `exit code ${String(numberField(end, "exitCode"))}`;
  const meaning = meaningOf(line);
  return `${meaning === undefined ? "" : `${meaning}: `}${line.slice(0, longest)}`;
}

const longest = 400;

/**
 * The words of the servers of S3, Google and Azure, of their clients, of Go's net and crypto/x509, and of the kernel, as rclone passes them on.
 * The first that fits counts.
 */
const meanings: readonly (readonly [RegExp, string])[] = [
  [
    /error processing credentials|private key should be a PEM|decode account key/u,
    "these credentials are not of the form that this store's are",
  ],
  [
    /NoSuchBucket|bucket (?:does not|doesn't) exist|ContainerNotFound|googleapi: Error 404: Not Found/iu,
    "there is no such bucket",
  ],
  [
    /invalid_grant|cannot fetch token: 4\d\d|SignatureDoesNotMatch|InvalidAccessKeyId|AccessDenied|AuthorizationFailure|AuthenticationFailed|ExpiredToken|\b40[13]\b|permission denied/iu,
    "the store refuses these credentials",
  ],
  [/x509:|certificate/iu, "the store's certificate is not trusted"],
  [/no space left|disk quota exceeded|EntityTooLarge|QuotaExceeded|InsufficientStorage|\b507\b/iu, "the store is full"],
  [
    /connection refused|no such host|server misbehaving|i\/o timeout|unreachable|handshake timeout|awaiting (?:response )?headers|awaiting response|deadline exceeded|connection reset|no route to host/iu,
    "the store can't be reached",
  ],
  [/InternalError|ServiceUnavailable|SlowDown|\b50[0-9]\b/u, "the store failed"],
];

function meaningOf(line: string): string | undefined {
  // What etcd and its tools say is no word of a store.
  if (!/Failed to|failed|Fatal error/u.test(line) || /^(?:Error:|\{)/u.test(line)) return undefined;
  return meanings.find(([pattern]) => pattern.test(line))?.[1];
}

/** Without the time and the level that rclone puts before each, without what only the store's support reads, and without what a URL may hold of a login. */
function linesOf(text: string): readonly string[] {
  return inOneLine(text)
    .split("\n")
    .filter((line) => !/^(?:\t|Did you mean)|: Not deleting source as copy failed: /u.test(line))
    .map((line) =>
      line
        .replace(/^\d{4}\/\d\d\/\d\d [\d:]+ [A-Z]+ *: */u, "")
        .replace(/(?:exceeded maximum number of attempts, \d+, |RequestID: \S*, |HostID: \S*, )+/gu, "")
        .replaceAll(/([?&](?:sig|se|sp|X-Amz-[A-Za-z-]+|AWSAccessKeyId|Signature)=)[^&\s"']+/gu, "$1…")
        .trim(),
    )
    .filter((line) => line !== "");
}

/** What Azure's client says of an answer in a block of lines, and Google's, when it gets no token, in two. */
function inOneLine(text: string): string {
  return text
    .replaceAll(
      /\n-{80}\nRESPONSE \d+: (.*)\nERROR CODE:? (.*)\n-{80}\n(?:.*\n)*?-{80}$/gmu,
      (_, status: string, code: string) => ` ${code}: ${status}`,
    )
    .replaceAll("\nResponse: ", ": ");
}

/** What a Job that goes on is at: the container at work, or what its pod waits for. */
export function progressOf(job: string, pod: KubeObject | undefined): string {
  if (pod === undefined) return `its pod is not there yet; kubectl describe job ${job} tells why if it stays so`;
  const containers = containersOf(pod);
  // A sidecar goes on beside the one that is at work, which comes after it.
  const running = containers.findLast(({ state }) => field(state, "running") !== undefined);
  if (running !== undefined) return `${running.name} is running`;
  const waiting = containers
    .map(({ name, state }) => ({ name, why: field(state, "waiting") }))
    .find(({ why }) => why !== undefined && !isBeginning(textField(why, "reason")));
  if (waiting !== undefined)
    return `${waiting.name}: ${textField(waiting.why, "message") || textField(waiting.why, "reason")}`;
  const ended = containers.findLast(({ state }) => field(state, "terminated") !== undefined);
  if (ended !== undefined) return `${ended.name} is done`;
  return unschedulable(pod) ?? `its pod ${pod.metadata.name} is starting`;
}

function isBeginning(reason: string): boolean {
  return reason === "PodInitializing" || reason === "ContainerCreating";
}

function unschedulable(pod: KubeObject): string | undefined {
  const condition = listField(pod["status"], "conditions").find(
    (one) => textField(one, "type") === "PodScheduled" && textField(one, "status") === "False",
  );
  return condition === undefined ? undefined : `its pod can't be scheduled: ${textField(condition, "message")}`;
}

/** A log holds stdout and stderr: without what rclone says of a try that failed before one that did not. */
export function printed(log: string): string {
  return log
    .split("\n")
    .filter((line) => !/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d [A-Z]+ *: /u.test(line))
    .join("\n");
}
