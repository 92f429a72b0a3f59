/** `backup` in memory: the programs of its Jobs over a simulated etcd and a bucket, as a story that can be told undisturbed or not. */
import { createHash } from "node:crypto";
import { readBackup } from "../../../src/api/database-backup.ts";
import { parseManifest } from "../../../src/backup/manifest.ts";
import { types } from "../../../src/kube/objects.ts";
import { backupActivity } from "../../../src/reconcile/backing-up/activity.ts";
import type { BackupWish } from "../../../src/reconcile/backing-up/wish.ts";
import type { PassRequest } from "../../../src/reconcile/request.ts";
import type { FakeEtcd } from "../etcd-model/fake-etcd.ts";
import { reconciling, stateOf, stories, type Place, type Story, type Wish } from "../etcd-model/whole-runs.ts";
import type { Ending, Process } from "../fake-kube/programs.ts";
import { loginData, Store } from "./store.ts";

const stores = new WeakMap<Place, Store>();

export function storeOf(place: Place): Store {
  const store = stores.get(place);
  if (store === undefined) throw new Error("this place has no store");
  return store;
}

/** A bucket at `nightly`, and the programs that carry backups to it. */
export async function withStore(place: Place): Promise<void> {
  const store = new Store();
  stores.set(place, store);
  place.fake.programs((process) => program(process, store, place.model));
  const metadata = { namespace: "shop", name: "login" };
  await place.fake.apply({ apiVersion: "v1", kind: "Secret", metadata, data: loginData });
  await place.fake.apply({
    apiVersion: "dbop.dev/v1alpha1",
    kind: "BackupLocation",
    metadata: { namespace: "shop", name: "nightly" },
    spec: { s3: { bucket: "backups", endpoint: "https://s3.shop.svc", credentialsSecret: "login" } },
  });
}

function program(process: Process, store: Store, { etcd }: FakeEtcd): Ending | Promise<Ending> {
  const [name = "", ...words] = process.argv;
  if (name === "rclone") return store.rclone(process);
  const said = words.filter((word) => !word.startsWith("--")).join(" ");
  const [, file = ""] = /^snapshot (?:save|status|restore) (.*)$/u.exec(said) ?? [];
  const snapshot = String(process.files.read(file));
  const failed = (log: string): Ending => ({ code: 1, log: `Error: ${log}\n` });
  if (name === "etcd") return serve(process);
  if (said.startsWith("snapshot save")) {
    const [, ordinal = ""] = /demo-(\d+)\.demo-members/u.exec(process.argv.join(" ")) ?? [];
    if (!etcd.isServing(Number(ordinal))) return failed("context deadline exceeded");
    process.files.write(file, `snapshot of revision ${String(etcd.revision)}`);
    return { code: 0, takesMs: 300 };
  }
  if (said.startsWith("get")) return count(process);
  const [, revision] = /^snapshot of revision (\d+)$/u.exec(snapshot) ?? [];
  if (revision === undefined) return failed("snapshot file integrity check failed");
  if (said.startsWith("snapshot status")) return { code: 0, log: `{"hash":1,"revision":${revision}}\n` };
  return restore(process, Number(revision));
}

/** `etcdutl snapshot restore`: into a directory that holds nothing yet. */
function restore({ argv, files }: Process, revision: number): Ending {
  const [, directory = ""] = /--data-dir=(\S+)/u.exec(argv.join(" ")) ?? [];
  if (files.list(directory).length > 0) return { code: 1, log: `Error: data-dir "${directory}" not empty\n` };
  const [, bump = "0"] = /--bump-revision=(\d+)/u.exec(argv.join(" ")) ?? [];
  files.write(`${directory}/member/snap/db`, `snapshot of revision ${String(revision + Number(bump))}`);
  return { code: 0, takesMs: 100 };
}

/** As etcdctl 3.5 to 3.7 does. */
function count({ argv }: Process): Ending {
  if (argv.includes("--write-out=fields")) return { code: 0, log: '"Count" : 1\n' };
  return { code: 128, log: "Error: --count-only is only for `--write-out=fields`\n" };
}

async function serve(process: Process): Promise<Ending> {
  process.ready();
  await process.sleep(Infinity);
  return { code: 0 };
}

const noon: BackupWish = { name: "noon", locationName: "nightly", verify: "structural", keep: undefined };

export function backingUp(backup: Partial<BackupWish> = {}, wish: Wish = {}): PassRequest {
  const asked = { ...noon, ...backup };
  const request = `--to ${asked.locationName} --name ${asked.name} --verify ${asked.verify}`;
  return reconciling({ verb: "backup", activity: backupActivity(asked), request, ...wish });
}

/** What backups there are, and what is at the location, without the ids and times that differ from run to run. */
export function backupState(place: Place): Readonly<Record<string, unknown>> {
  const { objects } = storeOf(place);
  const backups = place.fake.all(types.databaseBackup, "shop").map(readBackup);
  return {
    ...stateOf(place),
    backups: backups.map((backup) => `${backup.name} ${backup.outcome} ${backup.consistencyPoint}`),
    good: backups.filter((backup) => backup.outcome === "succeeded" && !isWhole(backup.path, objects)),
    jobs: place.fake.all(types.job, "shop").map(({ metadata }) => metadata.name),
    stored: [...objects.keys()].map((path) => path.replace(/\/\d{8}T\d{6}Z-[^/]+\//u, "/…/")).toSorted(),
  };
}

/** Whether the folder has a manifest, and every file that this names byte for byte. */
export function isWhole(path: string, objects: ReadonlyMap<string, string>): boolean {
  const manifest = parseManifest(objects.get(`store:backups/${path}/manifest.json`) ?? "");
  if (!manifest.ok) return false;
  return manifest.value.files.every((file) => {
    const text = objects.get(`store:backups/${path}/${file.path}`) ?? "";
    return createHash("sha256").update(text).digest("hex") === file.sha256;
  });
}

/** Of one backup: three members, a bucket, and nothing in it. */
export const backupStory: Story = {
  verb: "backup",
  prepare: async (place) => {
    await stories["scale in"].prepare(place);
    await withStore(place);
  },
  request: (wish) => backingUp({}, wish),
  stateOf: backupState,
};
