// A real Kubernetes for the tests and the demo, from whichever source this machine has: `given.ts` (the user's
// own), `kind.ts` (Docker and kind) or `local/` (this machine's kernel; Linux, root and Go). All implement
// `provider.ts`; every version is in `versions.ts`; `go/` holds the main programs that the local cluster builds.
// Nothing here knows what is tested. Everything made lies under the user's cache, and `down` leaves the host as
// it was. `npm run cluster -- up | down | status | kubeconfig` is `cli.ts`.
import { givenCluster } from "./given.ts";
import { kindCluster } from "./kind.ts";
import { localCluster } from "./local/local.ts";
import type { Provider, Unavailable } from "./provider.ts";

export type { Cluster, Unavailable } from "./provider.ts";

/**
 * The way to a cluster that is open here and preferred: the user's own, one that is up already, kind, this
 * machine; or why there is none.
 */
export async function chooseProvider(env: NodeJS.ProcessEnv): Promise<Provider | Unavailable> {
  const given = givenCluster(env);
  if (given !== undefined) {
    // Chosen by name, so it is used or refused, never replaced by another.
    const refusal = await given.refusal();
    return refusal === undefined ? given : { unavailable: refusal };
  }
  const providers = [kindCluster(env), localCluster(env)];
  const refusals: string[] = [];
  // One that is up comes first, so that `down` stops what `up` started even if Docker came or went in between.
  for (const provider of providers.toSorted((a, b) => Number(b.started()) - Number(a.started()))) {
    const refusal = await provider.refusal();
    if (refusal === undefined) return { ...provider, reason: [...refusals, provider.reason].join("; ") };
    refusals.push(refusal);
  }
  return {
    unavailable:
      `no Kubernetes for the tests: ${refusals.join("; ")}. ` +
      "Install Docker and kind, or run as root on Debian with Go, or set DBOP_TEST_KUBECONFIG to a test cluster's kubeconfig",
  };
}
