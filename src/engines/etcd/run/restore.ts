/** What of a restore is no plain object to apply. */
import { isDbopError } from "../../../errors.ts";
import type { CommandResult, EngineIo } from "../../engine.ts";
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
