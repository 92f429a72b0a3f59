/**
 * Which kubeconfig files count, and what they say together: client-go's `ClientConfigLoadingRules`. The parity test holds this to
 * `kubectl config view`.
 */
import { delimiter, join, resolve } from "node:path";
import { DbopError, isDbopError } from "../errors.ts";
import { isMissing, whyUnreadable, type HostEnvironment } from "./host.ts";
import { parseKubeconfig, type Kubeconfig } from "./kubeconfig-file.ts";

export type {
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigExec,
  KubeconfigUser,
} from "./kubeconfig-file.ts";

/**
 * All configuration there is: `explicit` (--kubeconfig) alone, else the files of KUBECONFIG, else `~/.kube/config`. Empty when no file
 * is there. Throws `Usage` when `explicit` is missing, or with every file that cannot be read or parsed.
 */
export async function loadKubeconfig(explicit: string | undefined, host: HostEnvironment): Promise<Kubeconfig> {
  const files = kubeconfigFiles(explicit, host);
  const outcomes = await Promise.all(files.map((file) => loadFile(file, host, file === explicit)));
  const problems = outcomes.filter((outcome) => isDbopError(outcome));
  const [first] = problems;
  if (first !== undefined) {
    if (problems.length === 1) throw first;
    throw new DbopError("Usage", "kubeconfig files cannot be loaded", {
      problems: problems.map(({ message }) => message),
    });
  }
  const loaded = outcomes.flatMap((outcome) =>
    outcome === undefined || outcome instanceof DbopError ? [] : [outcome],
  );
  if (loaded.length === 0 && host.env["KUBECONFIG"] && files.length > 0) {
    host.warn(`warning: Config not found: ${files.join(", ")}`);
  }
  return mergeKubeconfigs(loaded);
}

/** The first file to name a context, cluster or user wins as a whole; so does the first `current-context`. */
function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const last = configs.toReversed();
  return {
    currentContext: configs.find((config) => config.currentContext !== "")?.currentContext ?? "",
    contexts: new Map(last.flatMap((config) => [...config.contexts])),
    clusters: new Map(last.flatMap((config) => [...config.clusters])),
    users: new Map(last.flatMap((config) => [...config.users])),
  };
}

/** Paths as given; empty ones and repetitions are dropped, as in client-go's `NewDefaultClientConfigLoadingRules`. */
function kubeconfigFiles(explicit: string | undefined, host: HostEnvironment): readonly string[] {
  if (explicit) return [explicit];
  const listed = host.env["KUBECONFIG"];
  if (listed) return [...new Set(listed.split(delimiter))].filter((file) => file !== "");
  return host.homedir === "" ? [] : [join(host.homedir, ".kube", "config")];
}

/** Undefined for a file that is not there, unless it must be. Errors come back as values, so that all can be reported. */
async function loadFile(
  file: string,
  host: HostEnvironment,
  required: boolean,
): Promise<Kubeconfig | DbopError | undefined> {
  const path = resolve(host.cwd, file);
  try {
    return await parseKubeconfig(host.readFile(path), path);
  } catch (error) {
    if (isDbopError(error)) return error;
    const missing = isMissing(error);
    if (missing && !required) return undefined;
    const message = missing
      ? `stat ${file}: ${whyUnreadable(error)}`
      : `error loading config file "${file}": ${whyUnreadable(error)}`;
    return new DbopError("Usage", message, { cause: error, hint: "check --kubeconfig and KUBECONFIG" });
  }
}
