/** Refusals in the words of the real API server. */
import { DbopError } from "../../../src/errors.ts";
import type { ObjectRef, ResourceType } from "../../../src/kube/objects.ts";

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
export const versionOf = (apiVersion: string): string => apiVersion.split("/").at(-1) ?? apiVersion;

/** `pods`, `statefulsets.apps`. */
export function resourceOf(type: ResourceType): string {
  const group = groupOf(type.apiVersion);
  return group === "" ? type.plural : `${type.plural}.${group}`;
}

const kindOf = (type: ResourceType): string => {
  const group = groupOf(type.apiVersion);
  return group === "" ? type.kind : `${type.kind}.${group}`;
};

const quoted = (ref: Pick<ObjectRef, "type" | "name">): string => `${resourceOf(ref.type)} "${ref.name}"`;

export const notFound = (ref: Pick<ObjectRef, "type" | "name">): DbopError =>
  new DbopError("NotFound", `${quoted(ref)} not found`);

export const typeNotFound = (type: ResourceType): DbopError =>
  new DbopError("NotFound", `the server doesn't have a resource type "${type.plural}" in ${type.apiVersion}`);

export const alreadyExists = (ref: ObjectRef): DbopError =>
  new DbopError("AlreadyExists", `${quoted(ref)} already exists`);

export const stale = (ref: ObjectRef): DbopError =>
  new DbopError(
    "Conflict",
    `Operation cannot be fulfilled on ${quoted(ref)}: the object has been modified; please apply your changes to the latest version and try again`,
  );

/** Preconditions of a deletion are refused by the kind, not the resource. */
const unmet = ({ type, name }: ObjectRef, why: string): DbopError =>
  new DbopError("Conflict", `Operation cannot be fulfilled on ${kindOf(type)} "${name}": ${why}`);

export const wrongUid = (ref: ObjectRef, wanted: string, found: string): DbopError =>
  unmet(
    ref,
    `the UID in the precondition (${wanted}) does not match the UID in record (${found}). The object might have been deleted and then recreated`,
  );

export const wrongVersion = (ref: ObjectRef, wanted: string, found: string): DbopError =>
  unmet(
    ref,
    `the ResourceVersion in the precondition (${wanted}) does not match the ResourceVersion in record (${found}). The object might have been modified`,
  );

/** 422. `problems`: `field: message`, one each. */
export function invalid(type: ResourceType, name: string, problems: readonly string[]): DbopError {
  const text = problems.length === 1 ? (problems[0] ?? "") : `[${problems.join(", ")}]`;
  return new DbopError("Invalid", `${kindOf(type)} "${name}" is invalid: ${text}`, { problems });
}

/** 400: the body could not be decoded. */
export const undecodable = (type: ResourceType, why: string, problems: readonly string[] = []): DbopError =>
  new DbopError(
    "Invalid",
    `${type.kind} in version "${versionOf(type.apiVersion)}" cannot be handled as a ${type.kind}: ${why}`,
    { problems },
  );

/** A field that strict validation does not know, as server-side apply words it. */
export function notDeclared({ type, namespace = "", name }: ObjectRef, fields: readonly string[]): DbopError {
  const errors = fields.map((field) => `.${field}: field not declared in schema`);
  const text = errors.length === 1 ? (errors[0] ?? "") : `errors:\n${errors.map((error) => `  ${error}`).join("\n")}`;
  return new DbopError(
    "Invalid",
    `failed to create typed patch object (${namespace}/${name}; ${type.apiVersion}, Kind=${type.kind}): ${text}`,
  );
}

/** 403 by an admission plugin. */
export const refused = (ref: ObjectRef, why: string): DbopError =>
  new DbopError("Forbidden", `${quoted(ref)} is forbidden: ${why}`);

export interface FieldConflict {
  /** As the API server names it: `"other" with subresource "status" using apps/v1 at 2026-01-01T00:00:00Z`. */
  readonly manager: string;
  readonly field: string;
}

/** 409 of a server-side apply. */
export function applyConflict(conflicts: readonly FieldConflict[]): DbopError {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort();
  const problems = conflicts.map(({ manager, field }) => `${field}: managed by ${manager}`);
  const [only] = conflicts;
  if (conflicts.length === 1 && only !== undefined)
    return new DbopError("Conflict", `Apply failed with 1 conflict: conflict with ${only.manager}: ${only.field}`, {
      problems,
    });
  const texts = managers.map((manager) => {
    const fields = conflicts.filter((one) => one.manager === manager).map(({ field }) => `\n- ${field}`);
    return `conflicts with ${manager}:${fields.join("")}`;
  });
  return new DbopError("Conflict", `Apply failed with ${conflicts.length} conflicts: ${texts.join("\n")}`, {
    problems,
  });
}

/** The client's own words before the server's: `get pod/demo-0: pods "demo-0" not found`. */
export function whileDoing(doing: string, { reason, message, problems, hint }: DbopError): DbopError {
  return new DbopError(reason, `${doing}: ${message}`, { problems, ...(hint !== undefined && { hint }) });
}
