/** What `kubectl apply` has to apply to get the very database that `install` made, before it was made. */

interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: object;
    readonly annotations?: object;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The kinds of which `install` makes one or more, without the claims, which the StatefulSet makes. */
export const kinds = "secrets,configmaps,services,poddisruptionbudgets,statefulsets";

type Files = Readonly<Record<string, string>>;

/**
 * From `kubectl get -o json` of a database that has formed: what the server added is left out, and its members form anew.
 *
 * @param filesBefore what a ConfigMap held before they had formed; default the same
 */
export function sameObjects(json: string, filesBefore: (files: Files) => Files = (files) => files): string {
  const { items } = JSON.parse(json) as { readonly items: readonly LiveObject[] };
  const objects = items.map(({ apiVersion, kind, metadata, spec, status: _, ...rest }) => {
    const { name, namespace, labels, annotations } = metadata;
    const { clusterIP, clusterIPs: __, ...wished } = spec ?? {};
    const headless = clusterIP === "None" ? { clusterIP } : {};
    // `kubectl rollout status` waits for no other strategy; while a set is made they are all the same.
    const rolling = kind === "StatefulSet" ? { updateStrategy: { type: "RollingUpdate" } } : {};
    return {
      ...rest,
      apiVersion,
      kind,
      metadata: { name, namespace, labels, ...(annotations === undefined ? {} : { annotations }) },
      ...(spec === undefined ? {} : { spec: { ...wished, ...headless, ...rolling } }),
      ...(kind === "ConfigMap" ? { data: filesBefore(rest["data"] as Files) } : {}),
    };
  });
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
}

/** The files of a formed etcd are sealed: they say `existing` and name one member each. Before, all said `new` and named all. */
export function unsealed(files: Files, replicas: number): Files {
  const settings = Object.values(files).map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>);
  const all = settings
    .slice(0, replicas)
    .map((file) => String(file["initial-cluster"]))
    .join(",");
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      JSON.stringify({
        ...(JSON.parse(text) as object),
        "initial-cluster": all,
        "initial-cluster-state": "new",
      }),
    ]),
  );
}
