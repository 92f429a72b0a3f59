/** Applies a DatabaseCluster as a verb has edited it, and explains in terms of its spec what the API server finds wrong with it. */
import { DbopError, isDbopError } from "../errors.ts";
import { field } from "../kube/fields.ts";
import type { ApplyOptions, KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../kube/objects.ts";
import { renewKinds } from "./crds.ts";

export interface SpecEdit {
  readonly intent: KubeObject;
  /** As stored, before the edit. */
  readonly current: KubeObject | undefined;
}

/** Throws `Usage` with every field that the kind's schema and rules refuse: its value, why, and what it is at present. */
export async function applySpec(kube: KubeClient, edit: SpecEdit, options: ApplyOptions): Promise<KubeObject> {
  try {
    return await kube.apply(edit.intent, options);
  } catch (error) {
    throw isDbopError(error, "Invalid") ? explained(error, edit) : error;
  }
}

/** What names no field, such as the refusal of a webhook, stays as the API server words it. */
function explained(error: DbopError, edit: SpecEdit): DbopError {
  const refusals = error.problems.map(readRefusal).filter((refusal) => refusal !== "aside");
  const problems = refusals.flatMap((refusal) => (refusal === undefined ? [] : [describe(refusal, edit)]));
  if (problems.length === 0 || problems.length < refusals.length) return error;
  const { name } = edit.intent.metadata;
  const isUndeclared = error.problems.some((problem) => problem.endsWith(undeclared));
  return new DbopError("Usage", `the spec of ${name} is invalid; nothing was changed`, {
    problems: [...new Set(problems)],
    ...(isUndeclared ? { hint: `a field that is new in this release comes with its kinds: ${renewKinds}` } : {}),
    cause: error,
  });
}

const undeclared = "field not declared in schema";

interface Refusal {
  readonly path: string;
  readonly why: string;
}

/** `spec.replicas: Invalid value: 0: …` of validation, `.spec.colour: field not declared in schema` of a typed patch. */
function readRefusal(problem: string): Refusal | undefined | "aside" {
  // `<nil>: Invalid value: null: some validation rules were not checked because …`
  if (problem.startsWith("<nil>: ")) return "aside";
  const [, path, why] = /^\.?((?:spec|metadata)(?:[.[][^:\s]*)?): (.*)$/su.exec(problem) ?? [];
  return path === undefined || why === undefined ? undefined : { path, why: plainly(why, path) };
}

/** Without the value, which the server gives as the name of its type or in Go's notation, and without the field, which stands before. */
function plainly(why: string, path: string): string {
  return why
    .replace(/^(?:Invalid|Unsupported) value: (?:"(?:[^"\\]|\\.)*"|[^:]*): /su, "")
    .replace(`${path} in body `, "")
    .replace(/^Required value(?:: Required value)?$/u, "must be set")
    .replace(undeclared, "is not a field")
    .replace(/^(expected .*), got .*$/su, "$1");
}

function describe({ path, why }: Refusal, { intent, current }: SpecEdit): string {
  const [wished, present] = [valueAt(intent, path), valueAt(current, path)];
  const is = current === undefined || wished === present ? "" : `; it is ${present}`;
  return `${path}: ${wished}: ${why}${is}`;
}

/** The value as JSON, or `<none>`; `path` may have indices and keys in brackets. */
function valueAt(object: KubeObject | undefined, path: string): string {
  const names = [...path.matchAll(/(?<=\[)[^\]]+|[^.[\]]+/gu)].map(([name]) => name);
  const value = names.reduce<unknown>((parent, name) => field(parent, name), object);
  return value === undefined ? "<none>" : JSON.stringify(value).slice(0, 200);
}
