/** The DatabaseCluster as the API server holds it. */
import { listField, textField } from "../../../src/kube/fields.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { admin } from "./cluster.ts";
import type { Target } from "./dbop.ts";

export async function database({ namespace, name }: Target): Promise<KubeObject> {
  const { kube } = await admin();
  const found = await kube.get({ type: types.databaseCluster, namespace, name });
  if (found === undefined) throw new Error(`databasecluster ${namespace}/${name} is not there`);
  return found;
}

export interface HistoryLine {
  readonly verb: string;
  readonly request: string;
  readonly result: string;
}

/** Newest first. */
export async function history(target: Target): Promise<readonly HistoryLine[]> {
  const { status } = await database(target);
  return listField(status, "history").map((entry) => ({
    verb: textField(entry, "verb"),
    request: textField(entry, "request"),
    result: textField(entry, "result"),
  }));
}
