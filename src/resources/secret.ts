/** Secrets this program writes, and what is read out of any. */
import { field, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import { keptMeta, type Owner } from "./labels.ts";

/** Texts by key. */
export type Texts = Readonly<Record<string, string>>;

/** Outlives its DatabaseCluster, like the data. */
export function keptSecret(
  owner: Owner,
  name: string,
  { texts, annotations }: { readonly texts: Texts; readonly annotations?: Texts },
): KubeObject {
  const meta = keptMeta(owner, name);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: annotations === undefined ? meta : { ...meta, annotations },
    type: "Opaque",
    data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encoded(text)])),
  };
}

/** Empty when it does not have `key`. */
export function secretText(secret: KubeObject, key: string): string {
  return Buffer.from(textField(field(secret, "data"), key), "base64").toString("utf8");
}

function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
