import { describe } from "vitest";
import { anEtcd } from "../../support/etcd-model/an-etcd.ts";
import { plans } from "../../support/etcd-model/plan-table.ts";

/** Before anything has been read of the backup. */
const doomed = anEtcd()
  .withMembers(1)
  .verb("restore-in-place")
  .spec({ replacement: { locationName: "nightly", path: "demo/noon", bumpRevision: true, id: "op-9" } })
  .seen({
    seed: {
      location: {
        name: "nightly",
        namespace: "shop",
        serviceAccountName: undefined,
        store: { kind: "pvc", claimName: "backups", path: "" },
      },
      look: undefined,
      manifest: undefined,
      fill: undefined,
    },
  })
  .claim(0, { terminating: true });

/** From when the claim has gone: the controller of the StatefulSet makes another. */
const replaces = [
  "wait/data-demo-0-has-gone",
  "restore-manifest",
  "wait/the-manifest-has-been-read",
  "restore-fill",
  "wait/the-backup-is-restored",
  "replace/stop",
  "wait/all-members-have-stopped",
  "replace/data",
  "replicas/1",
  "wait/the-member-has-joined",
  "identity/record",
  "replace/discard",
  "wait/the-data-from-before-is-removed",
  "replace/discarded",
];

describe("a restore in place into a claim that is marked for deletion", () => {
  plans([
    ["is refused while a pod on a node holds it", doomed, ["blocked: no-bootstrap-over-data"]],
    ["waits when that pod is stopping", doomed.pod(0, { terminating: true }), replaces],
    ["waits when its pod has no node", doomed.pod(0, { unscheduled: true }), replaces],
    ["waits when there is no pod", doomed.withoutPod(0), replaces],
  ]);
});
