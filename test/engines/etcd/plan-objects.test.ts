import { describe, expect, it } from "vitest";
import type { PodSeen } from "../../../src/engines/etcd/seen.ts";
import { anEtcd } from "../../support/etcd-model/an-etcd.ts";

const pod = (ordinal: number, owner: { readonly setUid?: string }): PodSeen => ({
  ordinal,
  name: `demo-${String(ordinal)}`,
  uid: `pod-${String(ordinal)}`,
  terminating: false,
  running: true,
  ready: true,
  outdated: false,
  crash: undefined,
  waiting: undefined,
  ...owner,
});

describe("planEtcd when the StatefulSet was deleted", () => {
  const withPods = (owner: { readonly setUid?: string }): ReturnType<typeof anEtcd> =>
    anEtcd()
      .withMembers(3)
      .seen({ statefulSet: undefined, pods: [0, 1, 2].map((ordinal) => pod(ordinal, owner)) });

  it("waits until the pods that go with it are gone, since a new one would never learn of their end", () => {
    const [first, second] = withPods({ setUid: "deleted" }).outline();
    expect([first, second]).toEqual(["wait/demo-0-is-gone", "objects/apply"]);
  });

  it("makes it anew at once around orphans", () => {
    expect(withPods({}).outline()[0]).toBe("objects/apply");
  });
});
