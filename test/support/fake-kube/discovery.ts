/** The paths beside the resources: versions, groups, health. */
import type { ResourceType } from "../../../src/kube/objects.ts";
import { types } from "../../../src/kube/objects.ts";
import { groupOf, versionOf } from "./api-errors.ts";
import { typeOfCrd } from "./catalog.ts";
import type { Store } from "./store.ts";
import { crdType } from "./types.ts";

const version = { major: "1", minor: "34", gitVersion: "v1.34.4", platform: "linux/amd64" };

/** The answer to GET of `path`; undefined where the API server says 404. */
export function answer(path: string, store: Store): unknown {
  const [bare = ""] = path.split("?");
  if (bare === "/version") return version;
  if (["/livez", "/readyz", "/healthz"].includes(bare)) return "ok";
  const served = servedTypes(store);
  if (bare === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (bare === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groups(served) };
  const [, root, group = "", groupVersion] = bare.split("/");
  if (root === "api" && group === "v1" && groupVersion === undefined) return resources("v1", served);
  if (root !== "apis") return undefined;
  if (groupVersion === undefined) return groups(served).find(({ name }) => name === group);
  return resources(`${group}/${groupVersion}`, served);
}

function servedTypes(store: Store): readonly ResourceType[] {
  const { databaseCluster, ...builtIn } = types;
  const crds = store.list(crdType).map(typeOfCrd);
  return [...Object.values(builtIn), ...crds].filter((type) => type !== databaseCluster);
}

function groups(served: readonly ResourceType[]): readonly { readonly name: string }[] {
  const versions = [...new Set(served.map(({ apiVersion }) => apiVersion))].filter((apiVersion) =>
    apiVersion.includes("/"),
  );
  return versions.map((groupVersion) => {
    const preferred = { groupVersion, version: versionOf(groupVersion) };
    return {
      kind: "APIGroup",
      apiVersion: "v1",
      name: groupOf(groupVersion),
      versions: [preferred],
      preferredVersion: preferred,
    };
  });
}

function resources(groupVersion: string, served: readonly ResourceType[]): unknown {
  const here = served.filter(({ apiVersion }) => apiVersion === groupVersion);
  if (here.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: here.map(({ plural, kind, namespaced }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      kind,
      namespaced,
      verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    })),
  };
}
