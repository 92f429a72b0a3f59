/** What `main.ts` knows of the process and hands down: nothing below touches `process`. */
import type { Readable, Writable } from "node:stream";
import type { HostFacts } from "../kube/host.ts";
import type { OutputStream } from "./deps.ts";
import type { SignalSource } from "./signals.ts";

export interface Machine extends Pick<SignalSource, "onSignal" | "exit">, Omit<HostFacts, "warn"> {
  /** Without the program. */
  readonly argv: readonly string[];
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Where questions are drawn. */
  readonly questions: Writable;
  /** The version of this program. */
  readonly version: string;
  /** The version of Node, and `linux/x64`. */
  readonly node: string;
  readonly platform: string;
}
