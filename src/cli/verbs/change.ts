/** install, scale and reconcile: each is an edit of the spec, or none, and a pass. */
import type { KubeObject } from "../../kube/objects.ts";
import { noSuchDatabase } from "../../reconcile/database.ts";
import { editIntent } from "../../reconcile/edit.ts";
import { runPass } from "../../reconcile/pass.ts";
import type { PassRequest } from "../../reconcile/request.ts";
import type { RunResult } from "../../output/run-view.ts";
import type { ClusterName, InstallRequest, Run, ScaleRequest } from "../deps.ts";
import { passDeps } from "./pass-deps.ts";

type Asked = Pick<PassRequest, "verb" | "database" | "request" | "edit">;

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

export function reconcile({ name, namespace }: ClusterName, run: Run): Promise<RunResult> {
  return pass({ verb: "reconcile", database: { namespace, name }, request: "", edit: () => undefined }, run);
}

function pass(asked: Asked, run: Run): Promise<RunResult> {
  return runPass(passDeps(run), {
    ...asked,
    consents: new Set(run.adopt ? ["adopt" as const] : []),
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

/** The spec as one line for the record: a spec holds no secrets, only names of Secrets. */
function installRequest(cluster: KubeObject): string {
  return JSON.stringify(cluster["spec"]).slice(0, 500);
}
