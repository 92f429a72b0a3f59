import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.ts";

/** What of the host a Kubernetes node likes to change, and this one must not. */
export interface HostSnapshot {
  readonly kernel: Readonly<Record<string, string>>;
  /** Names of the host's iptables chains. */
  readonly chains: readonly string[];
}

/** The settings a kubelet sets for the whole machine, and the values it wants. */
export const kubeletKernelSettings: Readonly<Record<string, string>> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

const watched = [
  ...Object.keys(kubeletKernelSettings),
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/route_localnet",
  "net/netfilter/nf_conntrack_max",
];

export async function takeHostSnapshot(): Promise<HostSnapshot> {
  const rules = await run("iptables-save", []);
  const chains = rules.stdout.matchAll(/^:(\S+)/gm).map((match) => match[1] ?? "");
  const settings = watched.map((name) => join("/proc/sys", name)).filter((path) => existsSync(path));
  return {
    kernel: Object.fromEntries(settings.map((path) => [path, readFileSync(path, "utf8").trim()])),
    chains: [...chains],
  };
}

/** What differs between two snapshots in a way a cluster's node could have caused. */
export function hostChanges(before: HostSnapshot, after: HostSnapshot): readonly string[] {
  const settings = Object.entries(before.kernel)
    .filter(([path, value]) => after.kernel[path] !== value)
    .map(([path, value]) => `${path} is ${after.kernel[path] ?? "gone"} and was ${value}`);
  const chains = after.chains
    .filter((chain) => /^(KUBE|CNI)-/.test(chain) && !before.chains.includes(chain))
    .map((chain) => `iptables chain ${chain}`);
  return [...settings, ...chains];
}
