/** The BackupLocation as TypeScript sees it: where backups are kept, and the name of the Secret that opens it. */
import { field, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Problem } from "./problem.ts";
import type { Result } from "./result.ts";

export interface BackupLocation {
  readonly name: string;
  readonly namespace: string;
  readonly store: Store;
  readonly serviceAccountName: string | undefined;
}

/** What is reached over the network. */
interface Remote {
  readonly prefix: string;
  /** Undefined: the public one of its kind. */
  readonly endpoint: string | undefined;
  readonly credentialsSecret: string | undefined;
  readonly caSecret: string | undefined;
}

export type Store =
  | (Remote & {
      readonly kind: "s3";
      readonly bucket: string;
      readonly region: string | undefined;
      readonly forcePathStyle: boolean;
    })
  | (Remote & { readonly kind: "gcs"; readonly bucket: string })
  | (Remote & { readonly kind: "azure"; readonly account: string; readonly container: string })
  | { readonly kind: "pvc"; readonly claimName: string; readonly path: string };

type Kind = Store["kind"];
const kinds: readonly Kind[] = ["s3", "gcs", "azure", "pvc"];

/** The typed view; the CRD has checked the fields, so the one problem there can be is a location of no kind or of several. */
export function readLocation(object: KubeObject): Result<BackupLocation, readonly Problem[]> {
  const spec = object["spec"];
  const given = kinds.filter((kind) => field(spec, kind) !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    const message = `must have exactly one of ${kinds.join(", ")}`;
    return { ok: false, problems: [{ field: "spec", value: given.join(", ") || "<none>", message }] };
  }
  return {
    ok: true,
    value: {
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? "",
      store: readers[kind](field(spec, kind)),
      serviceAccountName: optional(spec, "serviceAccountName"),
    },
  };
}

const readers: Readonly<Record<Kind, (value: unknown) => Store>> = {
  s3: (value) => ({
    kind: "s3",
    bucket: textField(value, "bucket"),
    region: optional(value, "region"),
    forcePathStyle: field(value, "forcePathStyle") !== false,
    ...remote(value),
  }),
  gcs: (value) => ({ kind: "gcs", bucket: textField(value, "bucket"), ...remote(value) }),
  azure: (value) => ({
    kind: "azure",
    account: textField(value, "account"),
    container: textField(value, "container"),
    ...remote(value),
  }),
  pvc: (value) => ({ kind: "pvc", claimName: textField(value, "claimName"), path: textField(value, "path") }),
};

function remote(value: unknown): Remote {
  return {
    prefix: textField(value, "prefix"),
    endpoint: optional(value, "endpoint"),
    credentialsSecret: optional(value, "credentialsSecret"),
    caSecret: optional(value, "caSecret"),
  };
}

function optional(value: unknown, name: string): string | undefined {
  return textField(value, name) || undefined;
}
