/** What the demo shows of the end and what comes after it: a backup to S3, the loss of everything, a restore, an upgrade. */
import { field, textField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { admin, applyAll } from "../support/real/cluster.ts";
import { readAll } from "../support/real/etcd.ts";
import { startS3, type S3Server } from "../support/real/s3-server.ts";
import { startWriter } from "../support/real/writer.ts";
import { chapter, proved, seconds } from "./narrator.ts";
import type { Shell } from "./shell.ts";
import { expectMembers, timed, until, written, type Stage } from "./stage.ts";

export async function afterlife(shell: Shell, stage: Stage): Promise<void> {
  const store = await bucket(shell, stage);
  const { acknowledged, path } = await backUp(shell, stage);
  await loseEverything(shell, stage);
  await openLocation(stage, store);
  await restore(shell, stage, { path, acknowledged });
  await upgrade(shell, stage);
}

async function bucket(shell: Shell, stage: Stage): Promise<S3Server> {
  chapter(
    "An S3 server",
    "In a namespace of its own, over TLS: what is kept there outlives the database and its namespace.",
  );
  const namespace = `${stage.namespace}-store`;
  await shell.type(`kubectl create namespace ${namespace}`);
  const store = await startS3({ namespace });
  await openLocation(stage, store);
  await shell.type(`kubectl get backuplocations -n ${stage.namespace}`);
  return store;
}

/** The BackupLocation, and the Secrets it names. */
async function openLocation({ namespace }: Stage, { namespace: store, location }: S3Server): Promise<void> {
  const { kube } = await admin();
  const names = [location.credentialsSecret, location.caSecret ?? ""];
  const secrets = await Promise.all(
    names.map(async (name) => {
      const secret = await kube.get({ type: types.secret, namespace: store, name });
      return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data: secret?.["data"] };
    }),
  );
  const { apiVersion, kind } = types.backupLocation;
  await applyAll([...secrets, { apiVersion, kind, metadata: { name: "s3", namespace }, spec: { s3: location } }]);
}

interface Taken {
  /** Keys that were acknowledged before the backup was asked for. */
  readonly acknowledged: readonly string[];
  readonly path: string;
}

async function backUp(shell: Shell, stage: Stage): Promise<Taken> {
  const { namespace, name } = stage;
  chapter(
    "Back up while a client writes",
    "The copy is read back from the bucket and restored on trial; the manifest is written last.",
  );
  const writer = await startWriter(stage);
  try {
    await until(() => Promise.resolve(writer.acknowledged().length > 50));
    const acknowledged = writer.acknowledged();
    const command = `kubectl dbop backup ${name} -n ${namespace} --to s3 --name last`;
    const { ms } = await written(writer, async () => ({ title: "backup", ms: await timed(() => shell.type(command)) }));
    await shell.type(`kubectl dbop backup list -n ${namespace}`);
    const backup = await (await admin()).kube.get({ type: types.databaseBackup, namespace, name: "last" });
    const point = textField(backup?.["status"], "consistencyPoint");
    proved(`it holds everything up to ${point}, read back and restored on trial, after ${seconds(ms)}`);
    return { acknowledged, path: textField(field(backup, "status"), "path") };
  } finally {
    await writer.stop();
  }
}

async function loseEverything(shell: Shell, { namespace }: Stage): Promise<void> {
  chapter(
    "Destroy everything",
    "The namespace with the database, its disks, its certificates, its credentials and the record of the backup.",
  );
  await shell.type(`kubectl delete namespace ${namespace} --wait=true --timeout=120s`);
  await shell.type(`kubectl create namespace ${namespace}`);
}

async function restore(shell: Shell, stage: Stage, { path, acknowledged }: Taken): Promise<void> {
  const { namespace, name } = stage;
  chapter(
    "Restore from the bucket alone",
    "The location is named again, and the folder there. All else is in the manifest.",
  );
  const command = `kubectl dbop restore ${name} -n ${namespace} --from-location s3 --path ${path}`;
  const ms = await timed(() => shell.type(command));
  await expectMembers(stage, 3);
  for (const ordinal of [0, 1, 2]) {
    const held = await readAll(stage, "w/", { ordinal });
    const lost = acknowledged.filter((key) => !held.has(key));
    if (lost.length > 0)
      throw new Error(
        `${String(lost.length)} writes are not in ${name}-${String(ordinal)}: ${lost.slice(0, 5).join(", ")}`,
      );
  }
  proved(
    `three members hold all ${String(acknowledged.length)} writes acknowledged before the backup, after ${seconds(ms)}`,
  );
}

async function upgrade(shell: Shell, stage: Stage): Promise<void> {
  const { namespace, name, version, newer } = stage;
  chapter(
    `Upgrade ${version} → ${newer}`,
    "A fresh backup first, which it insists on. Then one member after the other, the leader last.",
  );
  await shell.type(`kubectl dbop backup ${name} -n ${namespace} --to s3 --name before-upgrade`);
  const writer = await startWriter(stage);
  try {
    const command = `kubectl dbop upgrade ${name} -n ${namespace} --version ${newer} --yes`;
    const { ms, stretch } = await written(writer, async () => ({
      title: "upgrade",
      ms: await timed(() => shell.type(command)),
    }));
    await shell.type(`kubectl dbop status ${name} -n ${namespace}`);
    const missing = [...(await writer.missing(0)), ...(await writer.missing(1)), ...(await writer.missing(2))];
    if (missing.length > 0) throw new Error(`lost writes: ${missing.slice(0, 5).join(", ")}`);
    const writes = String(stretch?.writes ?? 0);
    proved(`all members run ${newer} after ${seconds(ms)}; ${writes} writes acknowledged meanwhile, none lost`);
  } finally {
    await writer.stop();
  }
}
