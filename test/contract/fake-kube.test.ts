/** FakeKube keeps the contract, and its own promises. */
import { kubeContract, type Harness } from "./kube-contract.ts";
import { busybox } from "../support/fake-kube/busybox.ts";
import { databaseClusterRules } from "../support/fake-kube/database-cluster-rules.ts";
import { FakeKube } from "../support/fake-kube/fake-kube.ts";

async function fakeHarness(): Promise<Harness> {
  const namespace = "contract";
  const fake = new FakeKube({ crds: [], namespaces: [namespace], schemas: { DatabaseCluster: databaseClusterRules } });
  busybox(fake);
  let users = 0;
  return Promise.resolve({
    kube: fake,
    namespace,
    as: (rules) => {
      users += 1;
      return Promise.resolve(
        fake.as(
          `user-${users}`,
          rules.map((rule) => ({ ...rule, namespace })),
        ),
      );
    },
    image: "docker.io/library/busybox:stable",
    sleep: (ms) => fake.clock.sleep(ms),
    cleanup: () => Promise.resolve(),
  });
}

kubeContract("FakeKube", fakeHarness, { pods: true });
