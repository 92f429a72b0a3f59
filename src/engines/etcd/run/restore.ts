/** The two things of a restore that are not plain objects to apply. */
import { DbopError, isDbopError } from "../../../errors.ts";
import { types } from "../../../kube/objects.ts";
import type { CommandResult, EngineIo } from "../../engine.ts";
import type { EtcdCommand } from "../commands.ts";
import { firstClaim } from "../resources/claim.ts";
import type { EtcdSpec } from "../spec.ts";

/** Created, not applied: later applies name only some of its fields, and would take the others away. */
export async function makeFirstClaim(io: EngineIo, spec: EtcdSpec): Promise<CommandResult> {
  try {
    await io.create(firstClaim(spec));
  } catch (error) {
    if (!isDbopError(error, "AlreadyExists")) throw error;
  }
  return { outcome: "done" };
}

export async function tellRestoreFailed(
  { job, uid, message }: Extract<EtcdCommand, { name: "tellRestoreFailed" }>,
  io: EngineIo,
  { namespace }: EtcdSpec,
): Promise<CommandResult> {
  await io.delete({ type: types.job, namespace, name: job }, { uid, propagation: "Background" });
  throw new DbopError("OperationFailed", message, {
    final: true,
    hint: "nothing was lost: the same command begins anew, and fails again where the backup itself is damaged",
  });
}
