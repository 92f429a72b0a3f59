import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { cgroups } from "./cgroups.ts";
import { hostChanges, takeHostSnapshot, type HostSnapshot } from "./host-snapshot.ts";
import type { Layout } from "./layout.ts";
import { clusterMark } from "./namespaces.ts";
import { allPids } from "./process-id.ts";

/**
 * Everything on the host that only this user's cluster can have made, in words: processes, mounts, network
 * interfaces, control groups and, compared with the snapshot from before, kernel settings and iptables chains.
 * Network namespaces have no name here, so they go with their last process.
 */
export async function leftovers(layout: Layout, before: HostSnapshot | undefined): Promise<readonly string[]> {
  const changes = before === undefined ? [] : hostChanges(before, await takeHostSnapshot());
  return [
    ...processes(layout).map((pid) => `process ${String(pid)} (${commandOf(pid)})`),
    ...mounts(layout).map((path) => `mount ${path}`),
    ...(existsSync(`/sys/class/net/dbop${layout.id}`) ? [`network interface dbop${layout.id}`] : []),
    ...cgroups(layout).map((path) => `control group ${path}`),
    ...changes,
  ];
}

/** Processes that carry the cluster's mark, or whose files lie in its run folder. */
function processes(layout: Layout): readonly number[] {
  return allPids().filter((pid) => {
    const folder = `/proc/${String(pid)}`;
    try {
      if (readFileSync(`${folder}/environ`, "latin1").includes(`${clusterMark}=${layout.id}\0`)) return true;
      return readlinkSync(`${folder}/root`) !== "/" && readFileSync(`${folder}/cgroup`, "utf8").includes(`dbop-${layout.id}`);
    } catch {
      return false; // gone meanwhile
    }
  });
}

function mounts(layout: Layout): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(`${layout.run}/`));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, "utf8").trim();
  } catch {
    return "gone";
  }
}
