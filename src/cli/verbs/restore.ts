/** restore: a new database from a backup, or the data of one in the place of what a database holds. */
import type { DatabaseCluster } from "../../api/database-cluster.ts";
import { findEngine } from "../../engines/index.ts";
import { DbopError } from "../../errors.ts";
import { field, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { RunResult } from "../../output/run-view.ts";
import { findDatabase, getDatabase, readDatabase } from "../../reconcile/database.ts";
import { runPass } from "../../reconcile/pass.ts";
import { everyRight, namingAllRights, requireRights } from "../../reconcile/preflight.ts";
import { inPlaceRequest, inPlaceWish } from "../../reconcile/restoring/in-place-wish.ts";
import { restoringInPlace } from "../../reconcile/restoring/in-place.ts";
import { restoredCluster } from "../../reconcile/restoring/restored-cluster.ts";
import { placeOf, readManifest, type BackupSource, type Place } from "../../reconcile/restoring/source.ts";
import type { RestoreInPlaceRequest, RestoreRequest, Run } from "../deps.ts";
import { passDeps, passTerms } from "./pass-deps.ts";

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
    ...passTerms(run),
  });
}

export async function restoreInPlace(request: RestoreInPlaceRequest, run: Run): Promise<RunResult> {
  const { kube } = run.session;
  const { name, namespace, bumpRevision, lastBackup, again } = request;
  const look = async (): Promise<readonly [KubeObject, Place]> => [
    await getDatabase(kube, { namespace, name }),
    await placeOf({ kube }, namespace, request.from),
  ];
  const [object, { locationName, path }] = await namingAllRights(kube, {
    verb: "restore-in-place",
    namespace,
    work: look,
  });
  const wish = { locationName, path, bumpRevision, lastBackup, again };
  const asked = inPlaceRequest(wish);
  if (!again && isDone(readDatabase(object).cluster, asked)) {
    const text = `${name} was restored from that backup already; what was written since would be lost: --again does it once more`;
    run.report({ type: "note", text });
    return { outcome: "Converged", changed: false, object };
  }
  return runPass(passDeps(run), {
    verb: "restore-in-place",
    activity: restoringInPlace(wish),
    database: { namespace, name },
    request: asked,
    edit: () => undefined,
    consents: new Set(),
    ...passTerms(run),
  });
}

/** Whoever was killed with the last word on its lips asks again, and means the same restore: a second one would throw away what was written since. */
function isDone({ status: { operation, history } }: DatabaseCluster, asked: string): boolean {
  const last = history.find(({ verb }) => verb === "restore-in-place");
  if (operation?.verb === "restore-in-place" || last?.result !== "Converged") return false;
  return asked === inPlaceRequest({ ...inPlaceWish(last.request), again: false });
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

/** A restore never goes over what is there, unless that is what was asked for. */
function refuseOther(current: KubeObject, { locationName, path }: Place): void {
  const bootstrap = field(current["spec"], "bootstrap");
  if (textField(bootstrap, "locationName") === locationName && textField(bootstrap, "path") === path) return;
  throw new DbopError("Refused", `${current.metadata.name} is there already, and was not made from that backup`, {
    hint: "restore under another name; or, to give up what it holds, with --in-place",
  });
}

/** Said before anything is made. */
function refuseUnusable(intent: KubeObject, { manifest }: BackupSource): void {
  const engine = findEngine(manifest.engine);
  const [version, image] = ["version", "image"].map((name) => textField(intent["spec"], name));
  const shards = field(intent["spec"], "shards");
  const wanted = {
    version: version ?? "",
    image: image === "" ? undefined : image,
    shards: typeof shards === "number" ? shards : undefined,
  };
  const refused = engine?.use(({ backup }) => backup?.refuses(wanted, manifest));
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
