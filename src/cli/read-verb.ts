/** What every verb that only reads does around its work. */
import type { Deps, Reading } from "./deps.ts";
import type { ExitCode } from "./exit-code.ts";
import type { ClusterOptions } from "./flags/cluster-flags.ts";

/** Opens a session, reads and prints in it, closes it. */
export async function withReading(
  cluster: ClusterOptions,
  deps: Deps,
  act: (reading: Reading) => Promise<ExitCode>,
): Promise<ExitCode> {
  const session = await deps.connect({ cluster });
  try {
    return await act({ session, clock: deps.clock, signal: deps.signal });
  } finally {
    session.kube.close();
  }
}
