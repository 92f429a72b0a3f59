import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where everything the local cluster needs lies; all of it under the user's cache, none in the project. */
export interface Layout {
  /** Eight hex digits that tell this user's cluster from another's on the same machine. */
  readonly id: string;
  readonly root: string;
  /** Finished programs, one folder for each version and recipe. */
  readonly programs: string;
  /** Finished image archives. */
  readonly images: string;
  /** Half-finished things; anything in it may be deleted at any time. */
  readonly work: string;
  /** What a running cluster has; `down` deletes it except for the logs. */
  readonly run: string;
  readonly logs: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
}

/** The layout under `$XDG_CACHE_HOME` (`~/.cache` when unset). */
export function localLayout(env: NodeJS.ProcessEnv): Layout {
  const cache = env["XDG_CACHE_HOME"];
  const root = join(cache === undefined || cache === "" ? join(homedir(), ".cache") : cache, "kubectl-dbop");
  const run = join(root, "cluster");
  return {
    id: createHash("sha256").update(root).digest("hex").slice(0, 8),
    root,
    programs: join(root, "programs"),
    images: join(root, "images"),
    work: join(root, "work"),
    run,
    logs: join(root, "logs"),
    kubeconfig: join(run, "kubeconfig"),
    kubectl: join(run, "kubectl"),
  };
}
