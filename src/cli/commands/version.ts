/** `version`: this program, the API server, and whether our kind is served there. */
import { isDbopError } from "../../errors.ts";
import { listField, textField } from "../../kube/fields.ts";
import { isStructured, structured } from "../../output/structured.ts";
import { sanitize } from "../../output/sanitize.ts";
import { noArguments } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, Reading } from "../deps.ts";
import { errorText } from "../report-error.ts";
import { ExitCode, exitCodeOf } from "../exit-code.ts";
import {
  declareClusterFlags,
  toClusterOptions,
  type ClusterFlags,
  type ClusterOptions,
} from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags, type OutputOptions } from "../flags/output-flags.ts";
import { collectProblems } from "../problems.ts";
import { withReading } from "../read-verb.ts";

export interface VersionFlags extends ClusterFlags, OutputFlags {
  readonly client?: boolean;
}

export interface VersionOptions {
  /** Ask no server. */
  readonly client: boolean;
  readonly cluster: ClusterOptions;
  readonly output: OutputOptions;
}

const formats = ["json", "yaml"] as const;

/** The minor version of Kubernetes that the cluster tests run against; one to either side is near enough. */
const testedMinor = 34;

export const versionSpec: CommandSpec = {
  name: "version",
  summary: "Show the versions of this program and of the API server",
  usage: "",
  description: `Show the versions of this program and of the API server, and whether it serves
DatabaseClusters.`,
  examples: `# This program only, without a request
kubectl dbop version --client

# For a script
kubectl dbop version -o json`,
  declare: (command) => {
    command.option("--client", "Only this program; asks no server");
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runVersion(toVersionOptions(command.opts<VersionFlags>(), command.args), deps),
};

export function toVersionOptions(flags: VersionFlags, args: readonly string[]): VersionOptions {
  const problems = collectProblems();
  noArguments(args, problems);
  const options = {
    client: flags.client ?? false,
    cluster: toClusterOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("version");
  return options;
}

interface ServerVersion {
  readonly gitVersion: string;
  readonly minor: number;
  /** `v1alpha1`; empty where the CRD is not installed. */
  readonly served: readonly string[];
}

/** Prints the client in any case: a server that can't be asked fails the command afterwards, as kubectl does. */
export async function runVersion(options: VersionOptions, deps: Deps): Promise<ExitCode> {
  const asked = options.client ? undefined : await askServer(options.cluster, deps);
  const server = asked?.ok === true ? asked.server : undefined;
  const { format } = options.output;
  const { stdout, stderr } = deps.streams;
  if (isStructured(format)) stdout.write(await structured(format, versionReport(deps, server)));
  else stdout.write(versionText(deps, server));
  if (server !== undefined) stderr.write(skewWarning(server));
  if (asked?.ok !== false) return ExitCode.Done;
  stderr.write(sanitize(errorText(asked.error)));
  return exitCodeOf(asked.error.reason);
}

async function askServer(cluster: ClusterOptions, deps: Deps) {
  try {
    let server: ServerVersion | undefined;
    await withReading(cluster, deps, async (reading) => {
      server = await readServer(reading);
      return ExitCode.Done;
    });
    return { ok: true, server } as const;
  } catch (error) {
    if (!isDbopError(error) || error.reason === "Interrupted") throw error;
    return { ok: false, error } as const;
  }
}

async function readServer({ session, signal }: Reading): Promise<ServerVersion> {
  const [version, group] = await Promise.all([
    session.kube.raw("/version", { signal }),
    session.kube.raw("/apis/dbop.dev", { signal }),
  ]);
  return {
    gitVersion: textField(version, "gitVersion"),
    minor: Number.parseInt(textField(version, "minor"), 10),
    served: listField(group, "versions").map((served) => textField(served, "version")),
  };
}

function versionText({ client }: Deps, server: ServerVersion | undefined): string {
  const lines = [`Client Version: v${client.version}`, `Node Version: ${client.node}`];
  if (server !== undefined) {
    const served = server.served.length === 0 ? "<none>" : server.served.map((v) => `dbop.dev/${v}`).join(", ");
    lines.push(`Server Version: ${sanitize(server.gitVersion)}`, `Served API: ${sanitize(served)}`);
  }
  return `${lines.join("\n")}\n`;
}

function versionReport({ client }: Deps, server: ServerVersion | undefined): unknown {
  return {
    apiVersion: "dbop.dev/v1alpha1",
    kind: "VersionReport",
    clientVersion: { gitVersion: `v${client.version}`, nodeVersion: client.node, platform: client.platform },
    ...(server !== undefined && { serverVersion: { gitVersion: server.gitVersion }, servedVersions: server.served }),
  };
}

function skewWarning({ minor, gitVersion }: ServerVersion): string {
  if (Number.isNaN(minor) || Math.abs(minor - testedMinor) <= 1) return "";
  return `Warning: tested with Kubernetes 1.${testedMinor}; this server is ${sanitize(gitVersion)}\n`;
}
