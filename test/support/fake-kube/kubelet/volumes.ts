/** The volumes of a pod: claims and emptyDirs to write on; Secrets, ConfigMaps and the pod's own fields to read. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, listOf, textOf, type Fields } from "../json.ts";
import { refTo } from "../controllers/owners.ts";
import type { Mount } from "../files.ts";
import { podType } from "../types.ts";
import type { Disk, MountedClaim, World } from "../world.ts";
import { fieldValue, MissingReference, valuesOf, type Source } from "./references.ts";

export interface Volume {
  disk(): Disk;
  readonly readOnly: boolean;
}

export interface Storage {
  readonly claims: readonly MountedClaim[];
  /** By volume name; made here at first use. */
  readonly emptyDirs: Map<string, Disk>;
}

/** All volumes by name. Throws `MissingReference` when one cannot be set up. */
export function volumesOf(world: World, pod: KubeObject, storage: Storage): ReadonlyMap<string, Volume> {
  const volumes = listOf(at(pod["spec"], "volumes")).map(fieldsOf);
  return new Map(volumes.map((volume) => [String(volume["name"]), open(world, pod, { volume, storage })]));
}

/** What a container sees of them. */
export function mountsOf(container: Fields, volumes: ReadonlyMap<string, Volume>): readonly Mount[] {
  return listOf(container["volumeMounts"])
    .map(fieldsOf)
    .map((mount) => {
      const name = String(mount["name"]);
      const volume = volumes.get(name);
      if (volume === undefined) throw new Error(`the pod has no volume ${name}`);
      return {
        volume: name,
        mountPath: String(mount["mountPath"]).replace(/\/$/, ""),
        subPath: textOf(mount["subPath"]) ?? "",
        readOnly: volume.readOnly || mount["readOnly"] === true,
        get disk() {
          return volume.disk();
        },
      };
    });
}

function open(
  world: World,
  pod: KubeObject,
  { volume, storage }: { readonly volume: Fields; readonly storage: Storage },
): Volume {
  const name = String(volume["name"]);
  const claim = storage.claims.find((one) => one.volume === name);
  if (claim !== undefined)
    return { disk: () => claim.disk, readOnly: at(volume, "persistentVolumeClaim", "readOnly") === true };
  if (volume["emptyDir"] !== undefined) {
    const disk = storage.emptyDirs.get(name) ?? new Map<string, unknown>();
    storage.emptyDirs.set(name, disk);
    return { disk: () => disk, readOnly: false };
  }
  const sources = sourcesOf(volume).map((source) => readerOf(world, pod, source));
  return { disk: () => new Map(sources.flatMap((read) => [...read()])), readOnly: true };
}

const sourcesOf = (volume: Fields): readonly Fields[] =>
  volume["projected"] === undefined ? [volume] : listOf(at(volume, "projected", "sources")).map(fieldsOf);

type Read = () => ReadonlyMap<string, string>;

/** The pod's own fields follow it; Secrets and ConfigMaps stay as they are now. */
function readerOf(world: World, pod: KubeObject, source: Fields): Read {
  if (source["downwardAPI"] !== undefined)
    return () => ownFields(world, pod, listOf(at(source, "downwardAPI", "items")));
  const files = filesOf(world, pod, source);
  return () => files;
}

const ownFields = ({ server }: World, pod: KubeObject, items: readonly unknown[]): ReadonlyMap<string, string> => {
  const current = server.store.read(refTo(pod, podType)) ?? pod;
  return new Map(
    items.map((item) => [String(at(item, "path")), fieldValue(current, String(at(item, "fieldRef", "fieldPath")))]),
  );
};

function filesOf(world: World, pod: KubeObject, source: Fields): ReadonlyMap<string, string> {
  if (source["serviceAccountToken"] !== undefined)
    return new Map([[String(at(source, "serviceAccountToken", "path")), "token"]]);
  const kind: Source | undefined =
    source["secret"] !== undefined ? "secret" : source["configMap"] !== undefined ? "configMap" : undefined;
  if (kind === undefined) throw new Error(`the fake's kubelet can't mount ${JSON.stringify(source)}`);
  return keysAsFiles(world, pod, { kind, source: fieldsOf(source[kind]) });
}

function keysAsFiles(
  world: World,
  { metadata }: KubeObject,
  { kind, source }: { readonly kind: Source; readonly source: Fields },
): ReadonlyMap<string, string> {
  const name = String(source["secretName"] ?? source["name"]);
  const optional = source["optional"] === true;
  const values = valuesOf(world, kind, { namespace: metadata.namespace ?? "", name, optional });
  if (source["items"] === undefined) return new Map(Object.entries(values));
  return new Map(
    listOf(source["items"]).flatMap((item) => {
      const key = String(at(item, "key"));
      const value = values[key];
      if (value === undefined && !optional)
        throw new MissingReference(`references non-existent ${kind.toLowerCase()} key: ${key}`);
      return value === undefined ? [] : [[String(at(item, "path")), value] as const];
    }),
  );
}
