/** `rotate`: certificates anew, or anew from other authorities. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, RotateRequest } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems, type Problems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface RotateFlags extends ClusterFlags, RunFlags, OutputFlags {
  readonly certificates?: boolean;
  readonly ca?: boolean;
}

export interface RotateOptions extends RunVerbOptions {
  readonly request: Omit<RotateRequest, "namespace">;
}

const formats = ["json", "yaml", "name"] as const;

export const rotateSpec: CommandSpec = {
  name: "rotate",
  summary: "Issue certificates anew, or change the authorities that issue them",
  usage: "NAME",
  description: `Issue certificates anew, or change the authorities that issue them.

With --certificates every certificate is issued anew by the present authorities.
Members take them up within two minutes, without a restart.

With --ca the authorities themselves change, without an interruption: members
restart one at a time and trust both, certificates are issued from the new ones,
members restart again and trust only those. Applications find both authorities
in the Secret NAME-client-tls, and after the first round a new certificate.
Whether they read it again does not matter until the second round; from then on
members turn away who shows the old certificate. For those that read it only
when they start: stop with Ctrl-C once the certificates are issued, restart
them, and give the same command again. It goes on, as reconcile would.

Valkey and Redis read certificates when they start: there --certificates is one
round of restarts, and --ca three. The Secret with ca.crt is NAME-tls, and who
trusts it must have read it again before the second round.

Certificates are renewed by any pass before they end: neither flag is needed for
that. The days left of certificates and authorities are in status.`,
  examples: `# A private key may have leaked
kubectl dbop rotate demo --certificates

# Other authorities; what it would do first
kubectl dbop rotate demo --ca --dry-run=client
kubectl dbop rotate demo --ca --yes`,
  declare: (command) => {
    command
      .option("--certificates", "Issue every certificate anew from the present authorities")
      .option("--ca", "Make new authorities, issue from them, and trust no others; members restart twice");
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runRotate(toRotateOptions(command.opts<RotateFlags>(), command.args), deps),
};

export function toRotateOptions(flags: RotateFlags, args: readonly string[]): RotateOptions {
  const problems = collectProblems();
  const name = flags.printRbac === true ? "" : requiredName(args, problems);
  if (flags.printRbac !== true) requireOne(flags, problems);
  const options = {
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("rotate");
  return { ...options, request: { name, of: flags.ca === true ? "authorities" : "certificates" } };
}

function requireOne({ certificates = false, ca = false }: RotateFlags, problems: Problems): void {
  if (certificates && ca)
    problems.add("--certificates and --ca exclude each other: --ca issues every certificate anew");
  if (!certificates && !ca) problems.add("nothing to rotate: set --certificates or --ca");
}

export async function runRotate(options: RotateOptions, deps: Deps): Promise<ExitCode> {
  return withSession("rotate", options, {
    deps,
    act: (session) => {
      const request = { ...options.request, namespace: session.namespace };
      const verb = { verb: "rotate", past: "rotated", session, name: request.name, namespace: request.namespace };
      return runVerb({ ...verb, work: (run) => deps.verbs.rotate(request, run) }, options, deps);
    },
  });
}
