import { rm } from "node:fs/promises";
import { removeCgroups } from "./cgroups.ts";
import { hostChanges, takeHostSnapshot } from "./host-snapshot.ts";
import { leftovers } from "./leftovers.ts";
import type { Layout } from "./layout.ts";
import { end } from "./process-id.ts";
import { readState } from "./state.ts";
import { cutWire, linkName } from "./wire.ts";

/**
 * Undoes `start`, wherever that got to and even after a crash or a restart of the machine, and returns what is
 * left over on the host: nothing, unless something is wrong. The logs stay. The caller holds the lock.
 */
export async function stop(layout: Layout): Promise<readonly string[]> {
  const state = readState(layout);
  // The kernel ends all of a process namespace with its first process, and that ends with its keeper.
  for (const process of [state?.init, state?.keeper]) if (process !== undefined) await end(process);
  await cutWire(linkName(layout));
  await removeCgroups(layout);
  const left = leftovers(layout);
  // Not under the feet of what still runs.
  if (left.length === 0) await rm(layout.run, { recursive: true, force: true });
  return [...left, ...(state === undefined ? [] : hostChanges(state.before, await takeHostSnapshot()))];
}
