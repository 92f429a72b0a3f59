/** The flags that describe a new database, and the DatabaseCluster they make. */
import type { Command } from "commander";
import { types, type KubeObject } from "../../kube/objects.ts";
import { forms, type Problems } from "../problems.ts";
import { repeated } from "./cluster-flags.ts";

export interface SpecFlags {
  readonly engine?: string;
  /** Of the database server. */
  readonly version?: string;
  readonly replicas?: string;
  readonly shards?: string;
  readonly storage?: string;
  readonly storageClass?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly tls?: string;
  readonly tlsServerSecret?: string;
  readonly tlsPeerSecret?: string;
  readonly tlsClientSecret?: string;
  readonly set?: string[];
  readonly image?: string;
  readonly antiAffinity?: string;
}

export function declareSpecFlags(command: Command): void {
  command
    .optionsGroup("Database:")
    .option("--engine <name>", "Kind of database")
    .option("--version <version>", "Version of the server, in full; default the one the engine recommends")
    .option("--replicas <n>", "How many members, or pods of each shard; etcd takes 1 to 7, best odd; default 3")
    .option("--shards <n>", "How many shards, for an engine that has any; default the engine's")
    .option("--storage <size>", "Size of each member's volume, such as 8Gi")
    .option("--storage-class <name>", "StorageClass of the volumes; default the cluster's")
    .option("--cpu <quantity>", "CPU of each member, such as 500m")
    .option("--memory <quantity>", "Memory of each member, such as 2Gi")
    .option("--tls <mode>", "One of managed (own CA), secret (your Secrets), disabled; can't be changed later")
    .option("--tls-server-secret <name>", "Secret that members show to clients, with --tls=secret")
    .option("--tls-peer-secret <name>", "Secret that members show to each other, with --tls=secret")
    .option("--tls-client-secret <name>", "Secret to ask the members with, with --tls=secret")
    .option("--set <key=value>", "Parameter of the engine; may be repeated", repeated)
    .option("--image <image>", "Server image; default the engine's official one")
    .option("--anti-affinity <mode>", "Whether members may share a node: preferred, required (never), none");
}

/** Those that may be other than they were, for a database made from a backup. */
export function declareRestoreSpecFlags(command: Command): void {
  command
    .optionsGroup("Database:")
    .option("--version <version>", "Version of the server: that of the backup, or of the next minor")
    .option("--replicas <n>", "How many members, or pods of each shard")
    .option("--storage <size>", "Size of each member's volume, such as 8Gi")
    .option("--storage-class <name>", "StorageClass of the volumes; default the cluster's")
    .option("--cpu <quantity>", "CPU of each member, such as 500m")
    .option("--memory <quantity>", "Memory of each member, such as 2Gi")
    .option("--tls <mode>", "One of managed (own CA), secret (your Secrets), disabled; default managed")
    .option("--tls-server-secret <name>", "Secret that members show to clients, with --tls=secret")
    .option("--tls-peer-secret <name>", "Secret that members show to each other, with --tls=secret")
    .option("--tls-client-secret <name>", "Secret to ask the members with, with --tls=secret")
    .option("--image <image>", "Server image; default the engine's official one");
}

/** What of a spec the flags say is to be otherwise. */
export function toSpecChange(flags: SpecFlags, problems: Problems): Readonly<Record<string, unknown>> {
  return given({
    version: problems.matching("--version", flags.version, forms.version),
    replicas: problems.wholeNumber({ flag: "--replicas", text: flags.replicas, min: 1, max: 99 }),
    storage: orNothing({
      size: problems.matching("--storage", flags.storage, forms.storage),
      className: flags.storageClass,
    }),
    image: flags.image,
    resources: resourcesOf(flags, problems),
    tls: tlsOf(flags, problems),
  });
}

function resourcesOf(flags: SpecFlags, problems: Problems): unknown {
  return orNothing({
    cpu: problems.matching("--cpu", flags.cpu, forms.cpu),
    memory: problems.matching("--memory", flags.memory, forms.memory),
  });
}

/** The flags among `flags` that describe a database, as typed: `--engine`. */
export function givenSpecFlags(flags: SpecFlags): string[] {
  return specNames
    .filter((name) => flags[name] !== undefined)
    .map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

const specNames = [
  "engine",
  "version",
  "replicas",
  "shards",
  "storage",
  "storageClass",
  "cpu",
  "memory",
  "tls",
  "tlsServerSecret",
  "tlsPeerSecret",
  "tlsClientSecret",
  "set",
  "image",
  "antiAffinity",
] as const satisfies readonly (keyof SpecFlags)[];

/** The DatabaseCluster the flags ask for, without a namespace; without a version when none was given. */
export function toCluster(name: string, flags: SpecFlags, problems: Problems): KubeObject {
  const engine = problems.required("--engine", flags.engine);
  const version = problems.matching("--version", flags.version, forms.version);
  const size = problems.matching("--storage", problems.required("--storage", flags.storage), forms.storage);
  const spec = {
    engine,
    version,
    replicas: problems.wholeNumber({ flag: "--replicas", text: flags.replicas, min: 1, max: 99 }) ?? 3,
    shards: problems.wholeNumber({ flag: "--shards", text: flags.shards, min: 1, max: 99 }),
    storage: given({ size, className: flags.storageClass }),
    image: flags.image,
    resources: resourcesOf(flags, problems),
    tls: tlsOf(flags, problems),
    config: configOf(flags.set, problems),
    scheduling: orNothing({
      antiAffinity: problems.oneOf("--anti-affinity", flags.antiAffinity, ["preferred", "required", "none"]),
    }),
  };
  const { apiVersion, kind } = types.databaseCluster;
  return { apiVersion, kind, metadata: { name }, spec: given(spec) };
}

function tlsOf(flags: SpecFlags, problems: Problems): unknown {
  const mode = problems.oneOf("--tls", flags.tls, ["managed", "secret", "disabled"]);
  const secrets = [
    ["--tls-server-secret", flags.tlsServerSecret],
    ["--tls-peer-secret", flags.tlsPeerSecret],
    ["--tls-client-secret", flags.tlsClientSecret],
  ] as const;
  if (mode !== "secret") {
    const stray = secrets.filter(([, value]) => value !== undefined).map(([flag]) => flag);
    for (const flag of stray) problems.add(`${flag} goes with --tls=secret only`);
    return mode === undefined ? undefined : { mode };
  }
  for (const [flag, value] of secrets) if (value === undefined) problems.add(`--tls=secret needs ${flag}`);
  return {
    mode,
    serverSecretName: flags.tlsServerSecret,
    peerSecretName: flags.tlsPeerSecret,
    clientSecretName: flags.tlsClientSecret,
  };
}

function configOf(settings: readonly string[] | undefined, problems: Problems): unknown {
  if (settings === undefined) return undefined;
  const config = new Map<string, string>();
  for (const setting of settings) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (key === undefined || value === undefined)
      problems.add(`invalid value "${setting}" for --set: must be key=value`);
    else if (config.has(key)) problems.add(`--set gives ${key} twice`);
    else config.set(key, value);
  }
  return Object.fromEntries(config);
}

/** Without what is undefined. */
function given(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function orNothing(fields: Readonly<Record<string, unknown>>): unknown {
  const some = given(fields);
  return Object.keys(some).length === 0 ? undefined : some;
}
