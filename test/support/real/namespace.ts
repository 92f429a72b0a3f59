/** A namespace of a test's own, in which Pod Security `restricted` is enforced. */
import { randomUUID } from "node:crypto";
import { types } from "../../../src/kube/objects.ts";
import { admin } from "./cluster.ts";

/** Makes one and says how it is called; `it-` and the stem begin its name. */
export async function makeNamespace(stem: string): Promise<string> {
  const { kube } = await admin();
  const name = `it-${stem}-${randomUUID().slice(0, 6)}`;
  const labels = { "pod-security.kubernetes.io/enforce": "restricted", "dbop.dev/test": "true" };
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
  return name;
}

/** With everything in it; does not wait for its end. */
export async function dropNamespace(name: string): Promise<void> {
  const { kube } = await admin();
  const found = await kube.get({ type: types.namespace, name });
  if (found?.metadata.uid === undefined) return;
  await kube.delete({ type: types.namespace, name }, { uid: found.metadata.uid, propagation: "Background" });
}

/** Does `work` in a namespace of its own, which then goes — unless the work failed and DBOP_TEST_KEEP asks to keep it for a look. */
export async function inNamespace<T>(stem: string, work: (namespace: string) => Promise<T>): Promise<T> {
  const namespace = await makeNamespace(stem);
  let failed = true;
  try {
    const result = await work(namespace);
    failed = false;
    return result;
  } finally {
    if (!failed || process.env["DBOP_TEST_KEEP"] === undefined) await dropNamespace(namespace);
  }
}
