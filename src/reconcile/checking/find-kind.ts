/** The type that KIND means, as kubectl takes it: `Cluster`, `clusters`, a short name, with the group after a dot where it is not the only one. */
import { DbopError, isDbopError } from "../../errors.ts";
import { field, listField, textField } from "../../kube/fields.ts";
import type { ResourceType } from "../../kube/objects.ts";
import type { Reads } from "./shared-reads.ts";

/** Groups of Kubernetes itself: their kinds are no custom resources. */
const builtIn = /^[^.]+$|\.k8s\.io$/u;

/** Throws `NotFound` when no custom kind is called so, and `Usage` when several are. */
export async function findKind({ raw }: Pick<Reads, "raw">, word: string): Promise<ResourceType> {
  const [name = "", ...rest] = word.toLowerCase().split(".");
  const group = rest.join(".");
  const versions = preferredVersions(await raw("/apis")).filter(
    (version) => group === "" || version.startsWith(`${group}/`),
  );
  const lists = await Promise.all(versions.map(async (version) => typesIn(version, await listOrNothing(raw, version))));
  const found = lists.flat().filter(({ words }) => words.includes(name));
  const [only, ...others] = found;
  if (only === undefined)
    throw new DbopError("NotFound", `the server has no custom resource called "${word}"`, {
      hint: "kubectl api-resources lists what there is; built-in kinds can't be graded",
    });
  if (others.length > 0)
    throw new DbopError("Usage", `several kinds are called "${word}"`, {
      problems: found.map(({ type }) => `${type.plural}.${groupOf(type)}`),
      hint: "name one of them with its group",
    });
  return only.type;
}

export function groupOf({ apiVersion }: Pick<ResourceType, "apiVersion">): string {
  return apiVersion.split("/")[0] ?? "";
}

function preferredVersions(groups: unknown): readonly string[] {
  return listField(groups, "groups")
    .filter((group) => !builtIn.test(textField(group, "name")))
    .map((group) => textField(field(group, "preferredVersion"), "groupVersion"));
}

/** An aggregated API whose server is down answers 503: its kinds can't be graded, those of others can. */
async function listOrNothing(raw: Reads["raw"], version: string): Promise<unknown> {
  try {
    return await raw(`/apis/${version}`);
  } catch (error) {
    if (isDbopError(error, "ServerError")) return undefined;
    throw error;
  }
}

interface Named {
  readonly type: ResourceType;
  readonly words: readonly string[];
}

function typesIn(apiVersion: string, list: unknown): readonly Named[] {
  return listField(list, "resources").flatMap((resource) => {
    const plural = textField(resource, "name");
    const kind = textField(resource, "kind");
    if (plural.includes("/") || field(resource, "namespaced") !== true) return [];
    const words = [
      plural,
      kind.toLowerCase(),
      textField(resource, "singularName"),
      ...listField(resource, "shortNames").map(String),
    ];
    return [{ type: { apiVersion, kind, plural, namespaced: true }, words }];
  });
}
