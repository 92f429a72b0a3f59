/** Restores in memory: of a backup that lies at the location, into a new database or in the place of what one holds. */
import { createHash } from "node:crypto";
import { readBackup } from "../../../src/api/database-backup.ts";
import { renderManifest, type Manifest } from "../../../src/backup/manifest.ts";
import { types } from "../../../src/kube/objects.ts";
import { inPlaceRequest, type InPlaceWish } from "../../../src/reconcile/restoring/in-place-wish.ts";
import { restoringInPlace } from "../../../src/reconcile/restoring/in-place.ts";
import { restoredCluster } from "../../../src/reconcile/restoring/restored-cluster.ts";
import type { PassRequest } from "../../../src/reconcile/request.ts";
import { reconciling, stateOf, stories, type Place, type Story, type Wish } from "../etcd-model/whole-runs.ts";
import { storeOf, withStore } from "./story.ts";

export const locationName = "nightly";
export const path = "demo/etcd/noon";
const folder = `store:backups/${path}`;
/** Up to which the backup holds everything. */
export const restoredRevision = 7;
const snapshot = `snapshot of revision ${String(restoredRevision)}`;

const manifest: Manifest = {
  engine: "etcd",
  engineVersion: "3.6.16",
  clusterName: "demo",
  namespace: "shop",
  clusterIdentity: "c0",
  spec: { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "1Gi" } },
  source: "demo-0",
  method: "snapshot",
  consistencyPoint: `revision ${String(restoredRevision)}`,
  startedAt: "2025-12-31T12:00:00Z",
  finishedAt: "2025-12-31T12:00:09Z",
  files: [{ path: "data/db", bytes: snapshot.length, sha256: createHash("sha256").update(snapshot).digest("hex") }],
  verified: undefined,
};

/** A bucket with one backup in it. */
async function withBackup(place: Place): Promise<void> {
  await withStore(place);
  const { objects } = storeOf(place);
  objects.set(`${folder}/data/db`, snapshot);
  objects.set(`${folder}/manifest.json`, renderManifest(manifest));
}

/** What is at the location decays. */
export function spoilBackup(place: Place): void {
  storeOf(place).objects.set(`${folder}/data/db`, snapshot.replace("7", "8"));
}

/** What the database has come to, and what of the backup's data it holds. */
function restoredState(place: Place): Readonly<Record<string, unknown>> {
  const { fake, model } = place;
  const claims = fake.all(types.claim, "shop").map(({ metadata }) => metadata);
  return {
    ...stateOf(place),
    revision: model.etcd.revision,
    identity: fake.peek({ type: types.databaseCluster, namespace: "shop", name: "demo" })?.["status"],
    directories: claims.map(({ annotations }) => annotations?.["dbop.dev/data-directory"]),
    kept: claims.map(({ annotations }) => annotations?.["dbop.dev/replaced-data"]),
    disks: claims.map(({ uid = "" }) => directoriesOn([...(fake.disk(uid)?.keys() ?? [])])),
    backups: fake.all(types.databaseBackup, "shop").map(readBackup).map(lastBackup),
  };
}

const directoriesOn = (paths: readonly string[]): readonly string[] => [
  ...new Set(paths.map((path) => path.split("/")[0] ?? "")),
];

/** Without the id of the operation, which differs from run to run. */
function lastBackup({ name, outcome, consistencyPoint }: ReturnType<typeof readBackup>): string {
  return `${name.replace(/-before-.*$/u, "-before")} ${outcome} ${consistencyPoint}`;
}

/** Of what the status says only what two runs agree on. */
function comparable(place: Place): Readonly<Record<string, unknown>> {
  const { identity: status, ...rest } = restoredState(place);
  const identity = typeof status === "object" && status !== null && "identity" in status ? status.identity : undefined;
  return { ...rest, identity };
}

export const restoreStory: Story = {
  verb: "restore",
  prepare: withBackup,
  request: (wish) => {
    const change = { tls: { mode: "disabled" }, replicas: 3 };
    const intent = restoredCluster(
      { name: "demo", namespace: "shop", change, bumpRevision: false },
      { locationName, path, manifest },
    );
    const request = `--from-location ${locationName} --path ${path}`;
    return reconciling({ verb: "restore", request, edit: () => intent, ...wish });
  },
  stateOf: comparable,
};

export function restoringTo(asked: Partial<InPlaceWish> = {}, wish: Wish = {}): PassRequest {
  const all = { locationName, path, bumpRevision: true, lastBackup: true, again: false, ...asked };
  return reconciling({
    verb: "restore-in-place",
    request: inPlaceRequest(all),
    activity: restoringInPlace(all),
    ...wish,
  });
}

/** Three members that hold more than the backup does. */
export const inPlaceStory: Story = {
  verb: "restore-in-place",
  prepare: async (place) => {
    await stories["scale in"].prepare(place);
    await withBackup(place);
    for (let write = 0; write < 20; write += 1) place.model.etcd.write();
  },
  request: (wish) => restoringTo({}, wish),
  stateOf: comparable,
};
