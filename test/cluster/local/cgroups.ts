import { existsSync, readdirSync } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { poll } from "../poll.ts";
import type { Layout } from "./layout.ts";

const mountPoint = "/sys/fs/cgroup";

/** The name of the control group, in each hierarchy, under which all pods of this user's cluster are. */
export function cgroupName(layout: Layout): string {
  return `dbop-${layout.id}`;
}

/** Makes the cluster's control groups, which the kubelet expects to find. */
export async function makeCgroups(layout: Layout): Promise<void> {
  for (const folder of hierarchies()) await mkdir(join(folder, cgroupName(layout)), { recursive: true });
}

/** The cluster's control groups that exist. */
export function cgroups(layout: Layout): readonly string[] {
  return hierarchies()
    .map((folder) => join(folder, cgroupName(layout)))
    .filter((folder) => existsSync(folder));
}

/** Removes the cluster's control groups, waiting a moment for their last processes to have gone. */
export async function removeCgroups(layout: Layout): Promise<void> {
  await poll({ what: "removing control groups", timeoutMs: 3000, everyMs: 50 }, async () => {
    for (const folder of cgroups(layout)) await removeTree(folder);
    return cgroups(layout).length === 0 ? true : undefined;
  });
}

/** Version 2 is one hierarchy; version 1 has a folder for each controller. */
function hierarchies(): readonly string[] {
  if (existsSync(join(mountPoint, "cgroup.controllers"))) return [mountPoint];
  return readdirSync(mountPoint, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(mountPoint, entry.name, "cgroup.procs")))
    .map((entry) => join(mountPoint, entry.name));
}

async function removeTree(folder: string): Promise<void> {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  try {
    await rmdir(folder);
  } catch {
    // Still busy: the caller tries again until its time is over.
  }
}
