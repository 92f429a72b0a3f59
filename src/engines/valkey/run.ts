/** Does what a plan's commands say. Each is idempotent: an answer that means "already so" is success, and an unseen outcome is `Unknown`, to be looked at again. */
import { randomBytes } from "node:crypto";
import { tellRestoreFailed } from "../../backup/restoring.ts";
import { DbopError, isDbopError } from "../../errors.ts";
import type { ExecResult } from "../../kube/kube-client.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { CommandResult, EngineIo } from "../engine.ts";
import type { ValkeyCommand } from "./commands.ts";
import { cliFlags } from "./config/render.ts";
import { busPort, clientPort, container, podName, type Place } from "./names.ts";
import { issueCertificate, rotateAuthority } from "./issue-certificate.ts";
import { authSecret } from "./resources/auth.ts";
import { firstClaim } from "./resources/claim.ts";
import type { ValkeySpec } from "./spec.ts";
import { answersIn, ask, errorIn, findClient } from "./valkey-cli.ts";

const quickMs = 10_000;
/** A batch of slots with large values takes minutes in the way of Valkey 8. */
const slowMs = 300_000;

/** How Valkey words that there is nothing left to do, or that it is not the time yet. */
const words: Readonly<Partial<Record<ValkeyCommand["name"], { readonly done?: RegExp; readonly later?: RegExp }>>> = {
  // SET-CONFIG-EPOCH the second time; ADDSLOTSRANGE of one's own.
  dealSlots: { done: /config epoch|already busy/u },
  replicate: { later: /Unknown node|can only replicate a (master|primary)/iu },
  failover: { done: /should send CLUSTER FAILOVER to a replica/iu, later: /(master|primary) is down|failed/iu },
  takeover: { done: /should send CLUSTER FAILOVER to a replica/iu },
  forget: { done: /Unknown node/u, later: /Can't forget my (master|primary)/iu },
  migrateSlots: { later: /already being (migrated|imported)|in progress|not served by this node|unknown node/iu },
};

/** What valkey-cli is told, and where. */
type Told = Exclude<
  ValkeyCommand,
  {
    readonly name:
      | "makePassword"
      | "issueCertificate"
      | "rotateAuthority"
      | "makeFirstClaims"
      | "tellRestoreFailed"
      | "forget"
      | "reshardSlots"
      | "finishOpenSlots";
  }
>;

export async function runValkeyCommand(command: ValkeyCommand, io: EngineIo, spec: ValkeySpec): Promise<CommandResult> {
  switch (command.name) {
    case "makePassword":
      return makePassword(io, spec);
    case "issueCertificate":
      return issueCertificate(command, io, spec);
    case "rotateAuthority":
      return rotateAuthority(command, io, spec);
    case "makeFirstClaims":
      return makeFirstClaims(command, io, spec);
    case "tellRestoreFailed":
      return tellRestoreFailed(command, io, spec);
    case "forget":
      return forget(command, io, spec);
    case "reshardSlots":
      return reshardSlots(command, io, spec);
    case "finishOpenSlots":
      return clusterTool(io, spec, { via: command.via, args: ["fix", addressOf(command)] });
    default:
      return judge(command, await ask(io, spec, { ...told(command), deadlineMs: quickMs }));
  }
}

function told(command: Told): { readonly place: Place; readonly commands: readonly string[] } {
  switch (command.name) {
    case "dealSlots": {
      const { to, slots, epoch } = command;
      const add = `CLUSTER ADDSLOTSRANGE ${slots.map(({ from, to: end }) => `${String(from)} ${String(end)}`).join(" ")}`;
      return { place: to, commands: [`CLUSTER SET-CONFIG-EPOCH ${String(epoch)}`, add] };
    }
    case "meet": {
      const ports = `${String(clientPort)} ${String(busPort)}`;
      return { place: command.via, commands: command.ips.map((ip) => `CLUSTER MEET ${ip} ${ports}`) };
    }
    case "replicate":
      return { place: command.place, commands: [`CLUSTER REPLICATE ${command.primaryId}`] };
    case "failover":
      return { place: command.to, commands: ["CLUSTER FAILOVER"] };
    case "takeover":
      return { place: command.to, commands: ["CLUSTER FAILOVER TAKEOVER"] };
    case "migrateSlots": {
      const ranges = command.ranges.map(({ from, to }) => `${String(from)} ${String(to)}`).join(" ");
      return {
        place: command.from,
        commands: [`CLUSTER MIGRATESLOTS SLOTSRANGE ${ranges} NODE ${command.toId}`],
      };
    }
  }
}

/** Never the loopback address: a node that is told to send its keys there would send them to itself. */
function addressOf({ ip }: { readonly ip: string }): string {
  return `${ip}:${String(clientPort)}`;
}

/** Created, not applied: one that is there is never replaced, since clients use it. */
async function makePassword(io: EngineIo, spec: ValkeySpec): Promise<CommandResult> {
  await createOnce(io, authSecret(spec, randomBytes(24).toString("base64url")));
  return { outcome: "done" };
}

/** Created, not applied: later applies name only some of their fields, and would take the others away. */
async function makeFirstClaims(
  { shards }: Extract<ValkeyCommand, { name: "makeFirstClaims" }>,
  io: EngineIo,
  spec: ValkeySpec,
): Promise<CommandResult> {
  for (const shard of shards) await createOnce(io, firstClaim(spec, shard));
  return { outcome: "done" };
}

async function createOnce(io: EngineIo, object: KubeObject): Promise<void> {
  try {
    await io.create(object);
  } catch (error) {
    if (!isDbopError(error, "AlreadyExists")) throw error;
  }
}

/** Every node at the same time: the ban that keeps it from being remembered again ends after a minute. */
async function forget(
  command: Extract<ValkeyCommand, { name: "forget" }>,
  io: EngineIo,
  spec: ValkeySpec,
): Promise<CommandResult> {
  const commands = command.ids.map((id) => `CLUSTER FORGET ${id}`);
  const results = await Promise.all(
    command.via.map(async (place) => judge(command, await ask(io, spec, { place, commands, deadlineMs: quickMs }))),
  );
  return results.find((result) => result.outcome === "not-yet") ?? { outcome: "done" };
}

/** By the tool that comes with the server: it moves each key as the book says, whatever bytes its name has. */
function reshardSlots(
  { from, ip, fromId, toId, count, keysAtOnce }: Extract<ValkeyCommand, { name: "reshardSlots" }>,
  io: EngineIo,
  spec: ValkeySpec,
): Promise<CommandResult> {
  const args = [
    ...["reshard", addressOf({ ip })],
    ...["--cluster-from", fromId, "--cluster-to", toId, "--cluster-slots", String(count)],
    ...["--cluster-pipeline", String(keysAtOnce), "--cluster-timeout", "60000", "--cluster-yes"],
  ];
  return clusterTool(io, spec, { via: from, args });
}

/**
 * Starts the tool with what it is given unless one of this kind runs in the pod already. A run that was killed may have left a mover behind, which goes on by its own
 * list until it times out: two that give the same slot to different nodes would split its keys between them. Two runs that live are kept apart by the
 * lock, so that it is enough to look and then to begin. `$0` is where the processes are.
 */
const unlessBusy = `
for process in "$0"/[0-9]*; do
  case "$(tr '\\0' ' ' <"$process/cmdline" 2>/dev/null)" in
    "valkey-cli "*"--cluster "* | "redis-cli "*"--cluster "*) echo "ERR a run before this one is still moving slots"; exit 75 ;;
  esac
done
${findClient}
exec timeout ${String(slowMs / 1000 - 5)} $client "$@"`;

async function clusterTool(
  io: EngineIo,
  spec: ValkeySpec,
  { via, args }: { readonly via: Place; readonly args: readonly string[] },
): Promise<CommandResult> {
  const argv = ["sh", "-c", unlessBusy, "/proc", ...cliFlags(spec), "--cluster", ...args];
  const pod = podName(spec, via);
  const result = await io.exec({ namespace: spec.namespace, pod, container, argv, deadlineMs: slowMs });
  if (result.outcome === "unknown") throw unknown(`valkey-cli --cluster ${args[0] ?? ""}`, spec, result.why);
  if (result.code === 0) return { outcome: "done" };
  const lines = `${result.stdout}\n${result.stderr}`.trim().split("\n");
  const why = lines.findLast((line) => /ERR|error/iu.test(line)) ?? lines.at(-1) ?? "";
  return { outcome: "not-yet", why: `valkey-cli --cluster ${args[0] ?? ""} in ${pod}: ${plain(why)}` };
}

/** Without the colours of a terminal. */
function plain(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*m/gu, "").trim();
}

function judge(command: ValkeyCommand, result: ExecResult): CommandResult {
  if (result.outcome === "unknown") throw unknown(command.name, undefined, result.why);
  const { done, later } = words[command.name] ?? {};
  const errors = answersIn(result.stdout).flatMap((answer) => errorIn(answer) ?? []);
  const open = errors.filter((error) => done?.test(error) !== true);
  const [error] = open;
  if (error === undefined && result.code === 0) return { outcome: "done" };
  const text = error ?? (result.stderr.trim() || `valkey-cli ended with code ${String(result.code)}`);
  if (later?.test(text) === true) return { outcome: "not-yet", why: text };
  throw new DbopError("OperationFailed", `Valkey refused ${command.name}: ${text}`);
}

function unknown(what: string, spec: ValkeySpec | undefined, why: string): DbopError {
  return new DbopError("Unknown", `${what}${spec === undefined ? "" : ` in ${spec.name}`}: ${why}`, {
    hint: "whether it was done is seen on the next look",
  });
}
