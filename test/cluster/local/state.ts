import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "./layout.ts";
import type { ProcessId } from "./process-id.ts";
import type { HostSnapshot } from "./host-snapshot.ts";

/** What `down` must know to undo `up`, written before each step that leaves something behind. */
export interface ClusterState {
  /** The process that made the cluster's namespaces; with it everything in them ends. */
  readonly keeper?: ProcessId;
  /** The first process inside them. */
  readonly init?: ProcessId;
  /** The host's and the node's end of the only wire between them. */
  readonly wire: Wire;
  readonly components: Readonly<Record<string, ProcessId>>;
  readonly before: HostSnapshot;
  /** The archive whose images its containerd has: the file's name. */
  readonly images?: string;
  /** The cluster came up completely. */
  readonly complete: boolean;
}

export interface Wire {
  readonly link: string;
  readonly hostAddress: string;
  readonly nodeAddress: string;
}

/** The recorded state; `undefined` when there is none or it cannot be read. */
export function readState(layout: Layout): ClusterState | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(stateFile(layout), "utf8"));
    return isState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the recorded state, never leaving half a file. */
export async function writeState(layout: Layout, state: ClusterState): Promise<void> {
  await mkdir(layout.run, { recursive: true, mode: 0o700 });
  await writeFile(`${stateFile(layout)}.new`, JSON.stringify(state, undefined, 2));
  await rename(`${stateFile(layout)}.new`, stateFile(layout));
}

function stateFile(layout: Layout): string {
  return join(layout.run, "state.json");
}

// Written by us alone, so its outline is enough to tell it from another version's.
function isState(value: unknown): value is ClusterState {
  return (
    typeof value === "object" &&
    value !== null &&
    "wire" in value &&
    "components" in value &&
    "before" in value &&
    "complete" in value
  );
}
