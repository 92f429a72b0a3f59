import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { removeCgroups } from "./cgroups.ts";
import { leftovers } from "./leftovers.ts";
import type { Layout } from "./layout.ts";
import { end } from "./process-id.ts";
import { readState } from "./state.ts";
import { cutWire } from "./wire.ts";

/**
 * Undoes `start`, wherever that got to and even after a crash or a restart of the machine, and returns what is
 * left over on the host: nothing, unless something is wrong. The logs stay. The caller holds the lock.
 */
export async function stop(layout: Layout): Promise<readonly string[]> {
  const state = readState(layout);
  // The kernel ends all of a process namespace with its first process.
  if (state?.init !== undefined) await end(state.init);
  await cutWire(`dbop${layout.id}`);
  await removeCgroups(layout);
  const left = await leftovers(layout, state?.before);
  if (left.length === 0 && existsSync(layout.run)) await rm(layout.run, { recursive: true, force: true });
  return left;
}
