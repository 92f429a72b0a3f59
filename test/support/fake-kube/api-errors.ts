/** Refusals in the words of the real API server. */
import { DbopError } from "../../../src/errors.ts";
import type { ObjectRef, ResourceType } from "../../../src/kube/objects.ts";

export const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");
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

export const notFound = (ref: Pick<ObjectRef, "type" | "name">): DbopError => new DbopError("NotFound", `${quoted(ref)} not found`);

export const typeNotFound = (type: ResourceType): DbopError =>
  new DbopError("NotFound", `the server doesn't have a resource type "${type.plural}" in ${type.apiVersion}`);

export const alreadyExists = (ref: ObjectRef): DbopError => new DbopError("AlreadyExists", `${quoted(ref)} already exists`);

export const stale = (ref: ObjectRef): DbopError =>
  new DbopError(
    "Conflict",
    `Operation cannot be fulfilled on ${quoted(ref)}: the object has been modified; please apply your changes to the latest version and try again`,
  );

export const wrongUid = (ref: ObjectRef, wanted: string, found: string): DbopError =>
  new DbopError(
    "Conflict",
    `Operation cannot be fulfilled on ${quoted(ref)}: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`,
  );

export const wrongVersion = (ref: ObjectRef, wanted: string, found: string): DbopError =>
  new DbopError(
    "Conflict",
    `Operation cannot be fulfilled on ${quoted(ref)}: Precondition failed: ResourceVersion in precondition: ${wanted}, ResourceVersion in object meta: ${found}`,
  );

/** 422. `problems`: `field: message`, one each. */
export function invalid(type: ResourceType, name: string, problems: readonly string[]): DbopError {
  const text = problems.length === 1 ? (problems[0] ?? "") : `[${problems.join(", ")}]`;
  return new DbopError("Invalid", `${kindOf(type)} "${name}" is invalid: ${text}`, { problems });
}

/** 400: the body could not be decoded. */
export const undecodable = (type: ResourceType, why: string): DbopError =>
  new DbopError(
    "Invalid",
    `${type.kind} in version "${versionOf(type.apiVersion)}" cannot be handled as a ${type.kind}: ${why}`,
    { problems: [why] },
  );

/** The client's own words before the server's: `get pod/demo-0: pods "demo-0" not found`. */
export function whileDoing(doing: string, { reason, message, problems, hint }: DbopError): DbopError {
  return new DbopError(reason, `${doing}: ${message}`, { problems, ...(hint !== undefined && { hint }) });
}

/** 403 by an admission plugin. */
export const refused = (ref: ObjectRef, why: string): DbopError => new DbopError("Forbidden", `${quoted(ref)} is forbidden: ${why}`);

export interface FieldConflict {
  readonly manager: string;
  readonly field: string;
}

/** 409 of a server-side apply. `using`: the version the other manager wrote with. */
export function applyConflict(conflicts: readonly (FieldConflict & { readonly using: string })[]): DbopError {
  const problems = conflicts.map(({ manager, using, field }) => `conflict with "${manager}" using ${using}: ${field}`);
  const text = problems.length === 1 ? (problems[0] ?? "") : `conflicts:\n${problems.map((one) => `- ${one}`).join("\n")}`;
  const noun = problems.length === 1 ? "conflict" : "conflicts";
  return new DbopError("Conflict", `Apply failed with ${problems.length} ${noun}: ${text}`, {
    problems: conflicts.map(({ manager, using, field }) => `${field}: managed by "${manager}" using ${using}`),
  });
}
