/** Does what a plan's commands say. Each is idempotent: etcd's own answer "already so" is success, and an unseen outcome is `Unknown`, to be looked at again. */
import { tellRestoreFailed } from "../../../backup/restoring.ts";
import { DbopError } from "../../../errors.ts";
import type { ExecResult } from "../../../kube/kube-client.ts";
import type { CommandResult, EngineIo } from "../../engine.ts";
import type { EtcdCommand } from "../commands.ts";
import { etcdctl } from "../etcdctl.ts";
import { localUrl, memberName, peerUrl } from "../names.ts";
import { lastErrorLine } from "../observe/etcd-facts.ts";
import type { EtcdSpec } from "../spec.ts";
import { issueCertificates, rotateAuthorities } from "./issue-certificates.ts";
import { makeFirstClaim } from "./restore.ts";

/** What etcdctl is asked. */
type Asked = Extract<EtcdCommand, { readonly via: number }>;

const quick = 15_000;
/** Compaction and defragmentation take minutes on a large database. */
const slow = 600_000;

/** How etcd words that there is nothing left to do. */
const alreadyDone: Readonly<Partial<Record<EtcdCommand["name"], RegExp>>> = {
  // One with the same peer URL but another id gets the first, one that is the same in all gets the second.
  memberAdd: /Peer URLs already exists|member ID already exist/u,
  memberPromote: /can only promote a learner member$|member is not a learner/u,
  memberRemove: /member not found/u,
  compact: /required revision has been compacted/u,
  downgradeEnable: /has a downgrade job in progress/u,
  downgradeCancel: /no inflight downgrade/u,
};

/** Answers that mean: not now, ask again. */
const notYet =
  /in sync with leader|unhealthy cluster|too many learner members|leader changed|no leader|request timed out|deadline exceeded|re-configuration failed|invalid downgrade target version/u;

export async function runEtcdCommand(command: EtcdCommand, io: EngineIo, spec: EtcdSpec): Promise<CommandResult> {
  if (command.name === "issueCertificates") return issueCertificates(command, io, spec);
  if (command.name === "makeFirstClaim") return makeFirstClaim(io, spec);
  if (command.name === "tellRestoreFailed") return tellRestoreFailed(command, io, spec);
  if (command.name === "rotateAuthorities") return rotateAuthorities(command, io, spec);
  const { via } = command;
  const result = await etcdctl(io, spec, {
    ordinal: via,
    endpoints: [localUrl(spec)],
    args: words(command, spec),
    deadlineMs: deadline(command),
  });
  return judge(command, spec, result);
}

function words(command: Asked, spec: EtcdSpec): readonly string[] {
  switch (command.name) {
    case "memberAdd":
      return [
        "member",
        "add",
        memberName(spec, command.ordinal),
        `--peer-urls=${peerUrl(spec, command.ordinal)}`,
        "--learner",
      ];
    case "memberPromote":
      return ["member", "promote", command.id];
    case "memberRemove":
      return ["member", "remove", command.id];
    case "moveLeader":
      return ["move-leader", command.to];
    case "compact":
      return ["compact", "--physical", String(command.revision)];
    case "defragment":
      return ["defrag"];
    case "disarm":
      return ["alarm", "disarm"];
    // It judges whether it may before it does it: asking `downgrade validate` first would tell nothing more.
    case "downgradeEnable":
      return ["downgrade", "enable", command.minor];
    case "downgradeCancel":
      return ["downgrade", "cancel"];
  }
}

function deadline(command: EtcdCommand): number {
  return command.name === "compact" || command.name === "defragment" ? slow : quick;
}

function judge(command: EtcdCommand, spec: EtcdSpec, result: ExecResult): CommandResult {
  if (result.outcome === "unknown") {
    throw new DbopError("Unknown", `${command.name} in ${spec.name}: ${result.why}`, {
      hint: "whether it was done is seen on the next look",
    });
  }
  if (result.code === 0) return { outcome: "done" };
  const error = lastErrorLine(result.stderr) ?? `etcdctl ended with code ${String(result.code)}`;
  if (alreadyDone[command.name]?.test(error) === true) return { outcome: "done" };
  if (notYet.test(error)) return { outcome: "not-yet", why: error };
  throw new DbopError("OperationFailed", `etcd refused ${command.name}: ${error.replace(/^Error:\s*/u, "")}`);
}
