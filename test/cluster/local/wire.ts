import { networkInterfaces } from "node:os";
import { must, run } from "../command.ts";
import type { Layout } from "./layout.ts";
import type { ProcessId } from "./process-id.ts";
import type { Wire } from "./state.ts";

const subnets = 1 << 14;

/** The name of the host's end of the wire, the same for every cluster of this user. */
export function linkName(layout: Layout): string {
  return `dbop${layout.id}`;
}

/** Picks the wire's name and addresses: the user's own by a hash, or the next that no interface here has. */
export function planWire(layout: Layout): Wire {
  const link = linkName(layout);
  const taken = Object.entries(networkInterfaces())
    .filter(([name]) => name !== link)
    .flatMap(([, addresses]) => addresses ?? [])
    .map((address) => address.address);
  const first = Number.parseInt(layout.id, 16) % subnets;
  for (let attempt = 0; attempt < 64; attempt++) {
    const subnet = (first + attempt) % subnets;
    const prefix = `10.89.${String(subnet >> 6)}`;
    const base = (subnet & 63) * 4;
    const [hostAddress, nodeAddress] = [`${prefix}.${String(base + 1)}`, `${prefix}.${String(base + 2)}`];
    if (!taken.includes(hostAddress) && !taken.includes(nodeAddress)) return { link, hostAddress, nodeAddress };
  }
  throw new Error("no free address of 10.89.0.0/16 for the wire to the cluster");
}

/** Lays the wire between the host and the network namespace of `init`. */
export async function layWire(wire: Wire, init: ProcessId): Promise<void> {
  const pid = String(init.pid);
  const inside = async (...args: string[]): Promise<unknown> =>
    must("nsenter", ["--target", pid, "--net", "ip", ...args]);
  await must("ip", ["link", "add", wire.link, "type", "veth", "peer", "name", "host0", "netns", pid]);
  await must("ip", ["addr", "add", `${wire.hostAddress}/30`, "dev", wire.link]);
  await must("ip", ["link", "set", wire.link, "up"]);
  await inside("addr", "add", `${wire.nodeAddress}/30`, "dev", "host0");
  await inside("link", "set", "host0", "up");
}

/** Takes the wire away; without one there is nothing to do. */
export async function cutWire(link: string): Promise<void> {
  await run("ip", ["link", "delete", link]);
}
