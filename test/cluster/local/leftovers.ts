import { existsSync, readFileSync } from "node:fs";
import { cgroupName, cgroups } from "./cgroups.ts";
import type { Layout } from "./layout.ts";
import { clusterMark } from "./namespaces.ts";
import { allPids } from "./process-id.ts";
import { linkName } from "./wire.ts";

/**
 * Everything on the host that only this user's cluster can have made, in words: processes, mounts, network
 * interfaces and control groups. Its network namespaces have no name here, so they go with their last process.
 */
export function leftovers(layout: Layout): readonly string[] {
  const link = linkName(layout);
  return [
    ...processes(layout).map((pid) => `process ${pid} (${commandOf(pid)})`),
    ...mounts(layout).map((path) => `mount ${path}`),
    ...(existsSync(`/sys/class/net/${link}`) ? [`network interface ${link}`] : []),
    ...cgroups(layout).map((path) => `control group ${path}`),
  ];
}

/** Processes that carry the cluster's mark or are in one of its control groups, as only those of pods are. */
function processes(layout: Layout): readonly number[] {
  return allPids().filter((pid) => {
    const folder = `/proc/${String(pid)}`;
    try {
      if (readFileSync(`${folder}/environ`, "latin1").includes(`${clusterMark}=${layout.id}\0`)) return true;
      return readFileSync(`${folder}/cgroup`, "utf8").includes(`/${cgroupName(layout)}`);
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
