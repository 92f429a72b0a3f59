/** restore: a new database from a backup. */
import { findEngine } from "../../engines/index.ts";
import { DbopError } from "../../errors.ts";
import { field, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { RunResult } from "../../output/run-view.ts";
import { findDatabase } from "../../reconcile/database.ts";
import { runPass } from "../../reconcile/pass.ts";
import { everyRight, namingAllRights, requireRights } from "../../reconcile/preflight.ts";
import { restoredCluster } from "../../reconcile/restoring/restored-cluster.ts";
import { placeOf, readManifest, type BackupSource, type Place } from "../../reconcile/restoring/source.ts";
import type { RestoreRequest, Run } from "../deps.ts";
import { passDeps } from "./pass-deps.ts";

export async function restore(request: RestoreRequest, run: Run): Promise<RunResult> {
  const { kube } = run.session;
  const { name, namespace } = request;
  const asked = await namingAllRights(kube, { verb: "restore", namespace, work: () => prepare(request, run) });
  return runPass(passDeps(run), {
    verb: "restore",
    database: { namespace, name },
    request: `--from-location ${asked.place.locationName} --path ${asked.place.path}`,
    edit: () => asked.intent,
    consents: new Set(),
    dryRun: run.dryRun,
    timeoutMs: run.timeoutMs,
    lockTimeoutMs: run.lockTimeoutMs,
    fieldManager: run.fieldManager,
    forceConflicts: run.forceConflicts,
    planHash: run.planHash,
    attended: run.attended,
    approve: run.approve,
  });
}

interface Prepared {
  readonly place: Place;
  /** Undefined: the database is there, made from that backup. */
  readonly intent: KubeObject | undefined;
}

async function prepare(request: RestoreRequest, run: Run): Promise<Prepared> {
  const { name, namespace } = request;
  const deps = passDeps(run);
  const place = await placeOf(deps, namespace, request.from);
  const current = await findDatabase(deps.kube, { namespace, name });
  if (current !== undefined) refuseOther(current, place);
  // It has formed: what it was made from does not matter any more.
  if (textField(current?.["status"], "identity") !== "") return { place, intent: undefined };
  const source = await sourceAt(place, request, run);
  const intent = restoredCluster(request, source);
  refuseUnusable(intent, source);
  return { place, intent };
}

/** A restore never goes over what is there. */
function refuseOther(current: KubeObject, { locationName, path }: Place): void {
  const bootstrap = field(current["spec"], "bootstrap");
  if (textField(bootstrap, "locationName") === locationName && textField(bootstrap, "path") === path) return;
  throw new DbopError("Refused", `${current.metadata.name} is there already, and was not made from that backup`, {
    hint: "restore under another name, or delete the database first: its claims are kept",
  });
}

/** Said before anything is made. */
function refuseUnusable(intent: KubeObject, { manifest }: BackupSource): void {
  const engine = findEngine(manifest.engine);
  const version = textField(intent["spec"], "version");
  const refused = engine?.use(({ backup }) => backup?.refuses(version, manifest));
  if (engine !== undefined && refused === undefined) return;
  const why = refused?.message ?? `it is a backup of ${manifest.engine}, which this release does not know`;
  throw new DbopError("Refused", `the backup can't be restored: ${why}`);
}

/** As the DatabaseBackup has it, else as the location has it. */
async function sourceAt(place: Place, request: RestoreRequest, run: Run): Promise<BackupSource> {
  if (place.manifest !== undefined) return { ...place, manifest: place.manifest };
  const { kube } = run.session;
  if (run.dryRun !== "none") {
    throw new DbopError("Usage", "--dry-run needs --from BACKUP: what is at a location only a Job can read");
  }
  await requireRights(kube, request.namespace, everyRight("restore"));
  return { ...place, manifest: await readManifest(passDeps(run), request, place) };
}
