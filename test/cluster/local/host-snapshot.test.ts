import { describe, expect, it } from "vitest";
import { hostChanges } from "./host-snapshot.ts";

const before = { kernel: { "/proc/sys/vm/overcommit_memory": "0" }, chains: ["INPUT", "KUBE-OLD"] };

describe("hostChanges", () => {
  it("finds nothing when nothing changed", () => {
    expect(hostChanges(before, before)).toEqual([]);
  });

  it("names a changed kernel setting with both values", () => {
    const after = { ...before, kernel: { "/proc/sys/vm/overcommit_memory": "1" } };
    expect(hostChanges(before, after)).toEqual(["/proc/sys/vm/overcommit_memory is 1 and was 0"]);
  });

  it("reports chains a node makes, and not what others make", () => {
    const after = { ...before, chains: [...before.chains, "DOCKER", "KUBE-NEW", "CNI-abc"] };
    expect(hostChanges(before, after)).toEqual(["iptables chain KUBE-NEW", "iptables chain CNI-abc"]);
  });
});
