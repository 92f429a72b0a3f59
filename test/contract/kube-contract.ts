/**
 * What every KubeClient promises, over whatever cluster it reaches. Run over FakeKube (`fake-kube.test.ts`) and over a real API
 * server (`test/cluster-suite/kube-contract.cluster.ts`): where the two differ, the fake is wrong.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { applyContract } from "./kube/apply.contract.ts";
import { claimsContract } from "./kube/claims.contract.ts";
import { deleteContract } from "./kube/delete.contract.ts";
import type { Harness } from "./kube/harness.ts";
import { jobsContract, runningJobsContract } from "./kube/jobs.contract.ts";
import { objectsContract } from "./kube/objects.contract.ts";
import { readingContract } from "./kube/reading.contract.ts";
import { rightsContract } from "./kube/rights.contract.ts";
import { runningContract } from "./kube/running.contract.ts";
import { statefulSetsContract } from "./kube/stateful-sets.contract.ts";
import { validationContract } from "./kube/validation.contract.ts";

export type { Harness } from "./kube/harness.ts";

/** Whether pods run on that cluster. Without a kubelet the tests that need one are skipped, and counted so. */
export interface ContractOptions {
  readonly pods: boolean;
}

export function kubeContract(name: string, factory: () => Promise<Harness>, { pods }: ContractOptions): void {
  describe(`the KubeClient contract over ${name}`, () => {
    let made: Harness | undefined;
    const harness = (): Harness => {
      if (made === undefined) throw new Error("the cluster did not come up");
      return made;
    };
    beforeAll(async () => {
      made = await factory();
    }, 60_000);
    afterAll(() => made?.cleanup());

    objectsContract(harness);
    applyContract(harness);
    deleteContract(harness);
    readingContract(harness);
    rightsContract(harness);
    validationContract(harness);
    statefulSetsContract(harness);
    claimsContract(harness);
    jobsContract(harness);
    describe.runIf(pods)("with a kubelet", () => {
      runningContract(harness);
      runningJobsContract(harness);
    });
  });
}
