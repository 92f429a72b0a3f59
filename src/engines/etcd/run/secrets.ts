/** Secrets with certificates, as objects to write. */
import type { KubeObject } from "../../../kube/objects.ts";
import { keptMeta } from "../../../resources/labels.ts";
import type { Annotations } from "../authorities.ts";
import { owner } from "../names.ts";
import type { EtcdSpec } from "../spec.ts";

/** Texts by key. */
export type Texts = Readonly<Record<string, string>>;

export function secret(
  spec: EtcdSpec,
  name: string,
  content: { readonly texts: Texts; readonly annotations: Annotations },
): KubeObject {
  const metadata = { ...keptMeta(owner(spec), name), annotations: content.annotations };
  return { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: encoded(content.texts) };
}

function encoded(texts: Texts): Texts {
  return Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]),
  );
}
