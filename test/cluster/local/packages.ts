import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { exists, must, run } from "../command.ts";

/** Debian packages a node is made of, and a file each brings. */
const packages: Readonly<Record<string, string>> = {
  containerd: "/usr/bin/containerd",
  runc: "/usr/sbin/runc",
  "containernetworking-plugins": "/usr/lib/cni/bridge",
  iptables: "/usr/sbin/iptables",
  conntrack: "/usr/sbin/conntrack",
  iproute2: "/usr/bin/ip",
  "busybox-static": "/usr/bin/busybox",
  mmdebstrap: "/usr/bin/mmdebstrap",
};

const servicePolicy = "/usr/sbin/policy-rc.d";

/** The packages whose files are not on this machine. */
export function missingPackages(): readonly string[] {
  return Object.keys(packages).filter((name) => !existsSync(packages[name] ?? ""));
}

/** Installs what is missing, without starting any service a package brings. Needs root and apt-get. */
export async function installPackages(log: (line: string) => void): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  log(`installing ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const hadService = await run("systemctl", ["is-enabled", "containerd"]);
  await withoutStartingServices(async () => {
    await must("apt-get", ["update", "-q"], { env });
    await must("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...missing], { env });
  });
  const enabledByUs = missing.includes("containerd") && hadService.stdout.trim() !== "enabled";
  if (enabledByUs && (await exists("systemctl"))) await run("systemctl", ["disable", "containerd"]);
}

/** Debian asks this program before it starts a service on installation; one that is there already decides itself. */
async function withoutStartingServices(install: () => Promise<void>): Promise<void> {
  if (existsSync(servicePolicy)) return install();
  await writeFile(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await install();
  } finally {
    await rm(servicePolicy, { force: true });
  }
}
