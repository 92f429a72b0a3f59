/** The names that clients and other nodes may call a node by. */
import { clientServiceName, nodeServiceName } from "./names.ts";
import type { ValkeySpec } from "./spec.ts";

type Named = Pick<ValkeySpec, "name" | "namespace">;

export function namesOf(spec: Named): readonly string[] {
  const service = clientServiceName(spec);
  const domains = [`.${spec.namespace}`, `.${spec.namespace}.svc`, `.${spec.namespace}.svc.cluster.local`];
  const nodes = domains.map((domain) => `*.${nodeServiceName(spec)}${domain}`);
  return ["localhost", service, ...domains.map((domain) => `${service}${domain}`), ...nodes];
}

/** Those that a certificate of the user's own must bear: where clients begin, and where they are sent. */
export function wantedNames(spec: Named): readonly string[] {
  return [`${clientServiceName(spec)}.${spec.namespace}.svc`, `*.${nodeServiceName(spec)}.${spec.namespace}.svc`];
}
