/** What stands between a request and the store: strict decoding, defaults, validation, and the admission plugins that matter here. */
import type { KubeObject, ObjectRef } from "../../../src/kube/objects.ts";
import * as errors from "./api-errors.ts";
import type { KindFacts } from "./catalog.ts";
import { applyDefaults } from "./defaults.ts";
import { problemsOf } from "./immutable-fields.ts";
import { at, draftOf, textOf, type Draft } from "./json.ts";
import { compareQuantities } from "./quantity.ts";
import { unknownBuiltInFields } from "./strict-fields.ts";
import { unknownFields, violations, withDefaults } from "./structural.ts";
import type { Store } from "./store.ts";
import { storageClassType } from "./types.ts";

/** Says what is wrong with `object` (`field: message` each); `old` is the object it replaces. Stands in for CEL rules. */
export type Validator = (object: KubeObject, old: KubeObject | undefined) => readonly string[];
export type Validators = Readonly<Record<string, Validator>>;

export interface Review {
  readonly server: { readonly store: Store };
  readonly ref: ObjectRef;
  readonly facts: KindFacts;
  /** The object as it is to be stored: completed in place. */
  readonly draft: Draft;
  readonly old: Draft | undefined;
  /** What the client sent, whose fields must all be known. */
  readonly checked: Draft;
  /** Whether it came by server-side apply. */
  readonly applied: boolean;
  readonly subresource: "status" | undefined;
}

/** Completes and checks `review.draft`. Throws `Invalid` or `Forbidden`. */
export function admit(review: Review, validators: Validators): void {
  const { ref, facts, draft, old, subresource } = review;
  requireKnownFields(review);
  if (facts.builtIn) applyDefaults(draft, old === undefined ? defaultClass(review.server.store) : undefined);
  else if (facts.schema !== undefined) Object.assign(draft, withDefaults(draft, facts.schema));
  if (old === undefined) initialise(draft);
  requireMicroTimes(ref, draft);
  const problems = [
    ...(facts.builtIn && subresource === undefined ? problemsOf(draft, old) : []),
    ...(facts.schema === undefined ? [] : violations(draft, facts.schema)),
    ...(validators[ref.type.kind]?.(draftOf(draft), old) ?? []),
  ];
  if (problems.length > 0) throw errors.invalid(ref.type, ref.name, problems);
  if (draft.kind === "PersistentVolumeClaim" && old !== undefined) requireExpandable(review);
}

function requireKnownFields({ ref, facts, checked, applied }: Review): void {
  const unknown =
    facts.schema === undefined
      ? facts.builtIn
        ? unknownBuiltInFields(checked)
        : []
      : unknownFields(checked, facts.schema);
  if (unknown.length === 0) return;
  if (applied) throw errors.notDeclared(ref, unknown);
  const problems = unknown.map((field) => `unknown field "${field}"`);
  throw errors.undecodable(ref.type, `strict decoding error: ${problems.join(", ")}`, problems);
}

/** The status and finalizers an object is born with. */
function initialise(draft: Draft): void {
  if (draft.kind === "Pod") draft["status"] = { phase: "Pending", qosClass: "BestEffort" };
  if (draft.kind === "StatefulSet") draft["status"] = { replicas: 0, availableReplicas: 0 };
  if (draft.kind === "Job") draft["status"] = {};
  if (draft.kind === "Namespace") draft["status"] = { phase: "Active" };
  if (draft.kind === "Service") draft["status"] = { loadBalancer: {} };
  if (draft.kind !== "PersistentVolumeClaim") return;
  draft["status"] = { phase: "Pending" };
  draft.metadata.finalizers = [...new Set([...(draft.metadata.finalizers ?? []), "kubernetes.io/pvc-protection"])];
}

function defaultClass(store: Store): string | undefined {
  const marked = store
    .list(storageClassType)
    .find(({ metadata }) => metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true");
  return marked?.metadata.name;
}

const microTimes: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Lease: [
    ["spec", "acquireTime"],
    ["spec", "renewTime"],
  ],
  Event: [["eventTime"]],
};

function requireMicroTimes(ref: ObjectRef, draft: Draft): void {
  for (const path of microTimes[draft.kind] ?? []) {
    const time = textOf(at(draft, ...path));
    if (time === undefined || /T\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/.test(time)) continue;
    throw errors.undecodable(ref.type, `parsing time "${time}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse`);
  }
}

function requireExpandable({ server, ref, draft, old }: Review): void {
  const [before, after] = [old, draft].map((claim) => at(claim?.["spec"], "resources", "requests", "storage"));
  if (compareQuantities(after, before) <= 0) return;
  const name = at(draft["spec"], "storageClassName");
  const storage = server.store.list(storageClassType).find(({ metadata }) => metadata.name === name);
  if (storage?.["allowVolumeExpansion"] === true) return;
  throw errors.refused(
    ref,
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
  );
}
