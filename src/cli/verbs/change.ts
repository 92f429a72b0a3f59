/** install, scale, reshard, upgrade, rotate, schedule and reconcile: each is an edit of the spec, or none, and a pass. */
import { DbopError } from "../../errors.ts";
import { field, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Consent } from "../../plan/step.ts";
import { noSuchDatabase, readDatabase } from "../../reconcile/database.ts";
import { editIntent, withoutField } from "../../reconcile/edit.ts";
import { rebalanceRequest, rotationRequests } from "../../reconcile/operation.ts";
import { runPass } from "../../reconcile/pass.ts";
import type { PassRequest } from "../../reconcile/request.ts";
import type { RunResult } from "../../output/run-view.ts";
import type {
  ClusterName,
  InstallRequest,
  ReshardRequest,
  RotateRequest,
  Run,
  ScaleRequest,
  ScheduleRequest,
  UpgradeRequest,
} from "../deps.ts";
import { passDeps, passTerms } from "./pass-deps.ts";

type Asked = Pick<PassRequest, "verb" | "database" | "request" | "edit"> & { readonly consents?: readonly Consent[] };

export function install({ cluster }: InstallRequest, run: Run): Promise<RunResult> {
  const { name, namespace = run.session.namespace } = cluster.metadata;
  const intent: KubeObject = { ...cluster, metadata: { ...cluster.metadata, namespace } };
  return pass(
    { verb: "install", database: { namespace, name }, request: installRequest(cluster), edit: () => intent },
    run,
  );
}

export function scale(request: ScaleRequest, run: Run): Promise<RunResult> {
  const { name, namespace, replicas, storage, cpu, memory } = request;
  const resources = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
  const change = {
    ...(replicas === undefined ? {} : { replicas }),
    ...(storage === undefined ? {} : { storage: { size: storage } }),
    ...(Object.keys(resources).length === 0 ? {} : { resources }),
  };
  const flags = Object.entries({ replicas, storage, cpu, memory }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag} ${String(value)}`],
  );
  const edit = (current: KubeObject | undefined): KubeObject => {
    if (current === undefined) throw noSuchDatabase({ name, namespace });
    return editIntent(current, run.fieldManager, change);
  };
  return pass({ verb: "scale", database: { namespace, name }, request: flags.join(" "), edit }, run);
}

export function upgrade(request: UpgradeRequest, run: Run): Promise<RunResult> {
  const { name, namespace, version, image } = request;
  const consents = [
    ...(request.through ? ["through" as const] : []),
    ...(request.withoutRecentBackup ? ["without-recent-backup" as const] : []),
  ];
  const edit = (current: KubeObject | undefined): KubeObject => {
    if (current === undefined) throw noSuchDatabase({ name, namespace });
    if (image === undefined) refuseOwnImage(current, version);
    return editIntent(current, run.fieldManager, { version, ...(image === undefined ? {} : { image }) });
  };
  const flags = [
    `--version ${version}`,
    ...(image === undefined ? [] : [`--image ${image}`]),
    ...consents.map((consent) => `--${consent}`),
  ];
  return pass({ verb: "upgrade", database: { namespace, name }, request: flags.join(" "), edit, consents }, run);
}

/** The image decides what runs: with one of the user's own, another version alone would change nothing. */
function refuseOwnImage({ spec, metadata }: KubeObject, version: string): void {
  const image = textField(spec, "image");
  if (image === "" || textField(spec, "version") === version) return;
  throw new DbopError("Refused", `${metadata.name} runs an image of its own, ${image}, whatever its version says`, {
    hint: `name the image of ${version} too: --version ${version} --image …`,
  });
}

export function reshard({ name, namespace, shards }: ReshardRequest, run: Run): Promise<RunResult> {
  const edit = (current: KubeObject | undefined): KubeObject | undefined => {
    if (current === undefined) throw noSuchDatabase({ name, namespace });
    refuseUnsharded(current);
    return shards === undefined ? undefined : editIntent(current, run.fieldManager, { shards });
  };
  const request = shards === undefined ? rebalanceRequest : `--shards ${String(shards)}`;
  return pass({ verb: "reshard", database: { namespace, name }, request, edit }, run);
}

function refuseUnsharded(object: KubeObject): void {
  const { sharding } = readDatabase(object).entry;
  if (sharding.kind === "none") throw new DbopError("NotApplicable", `not applicable: ${sharding.why}`);
}

export function rotate({ name, namespace, of }: RotateRequest, run: Run): Promise<RunResult> {
  const request = rotationRequests[of];
  return pass({ verb: "rotate", database: { namespace, name }, request, edit: () => undefined }, run);
}

export function schedule({ name, namespace, wish }: ScheduleRequest, run: Run): Promise<RunResult> {
  const edit = (current: KubeObject | undefined): KubeObject => {
    if (current === undefined) throw noSuchDatabase({ name, namespace });
    if (wish === undefined) return withoutField(current, run.fieldManager, "reconcile");
    return editIntent(current, run.fieldManager, { reconcile: { ...wish, image: wish.image ?? imageOf(current) } });
  };
  const request =
    wish === undefined ? "--off" : `--at ${wish.schedule}${wish.image === undefined ? "" : ` --image ${wish.image}`}`;
  return pass({ verb: "schedule", database: { namespace, name }, request, edit }, run);
}

/** That of what is scheduled already. */
function imageOf({ spec }: KubeObject): string {
  const scheduled = [field(spec, "reconcile"), field(spec, "backup")].map((errand) => textField(errand, "image"));
  const image = scheduled.find((one) => one !== "");
  if (image !== undefined) return image;
  throw new DbopError("Usage", "--image is needed: no image of kubectl-dbop is scheduled yet, and none is published", {
    hint: "npm run image makes one",
  });
}

export function reconcile({ name, namespace }: ClusterName, run: Run): Promise<RunResult> {
  return pass({ verb: "reconcile", database: { namespace, name }, request: "", edit: () => undefined }, run);
}

function pass({ consents = [], ...asked }: Asked, run: Run): Promise<RunResult> {
  return runPass(passDeps(run), {
    ...asked,
    consents: new Set([...consents, ...(run.adopt ? ["adopt" as const] : [])]),
    ...passTerms(run),
  });
}

/** The spec as one line for the record: a spec holds no secrets, only names of Secrets. */
function installRequest(cluster: KubeObject): string {
  return JSON.stringify(cluster["spec"]).slice(0, 500);
}
