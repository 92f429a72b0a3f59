import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { must, run } from "../command.ts";
import { poll } from "../poll.ts";
import type { Component } from "./components.ts";
import type { Layout } from "./layout.ts";
import { network } from "./network.ts";
import { nodePaths } from "./node-config.ts";
import { childOf, identify, isAlive, type ProcessId } from "./process-id.ts";

const initScript = join(import.meta.dirname, "init.sh");

type Recorder = (started: ProcessId) => Promise<void>;

/**
 * Starts the process that makes the private namespaces, detached from this one: when it ends, so does
 * everything in them. It does nothing before `record` has returned, and ends if this process does before that,
 * so that there is never one nobody knows of.
 */
export async function startNamespaces(layout: Layout, record: Recorder): Promise<ProcessId> {
  await rm(nodePaths(layout).ready, { force: true });
  // Absent where it is part of the kernel; whether it works shows in init.sh.
  await run("modprobe", ["br_netfilter"]);
  const namespaces = ["--net", "--pid", "--mount", "--uts", "--ipc"];
  const flags = ["--fork", "--mount-proc", "--propagation", "private", "--kill-child"];
  const command = [
    "unshare",
    ...namespaces,
    ...flags,
    "--",
    "bash",
    initScript,
    layout.run,
    nodePaths(layout).settings,
  ];
  return startDetached(layout, { name: "init", command, record });
}

/** Waits until the namespaces are set up, and returns the first process inside them. */
export async function namespacesReady(layout: Layout, keeper: ProcessId): Promise<ProcessId> {
  return poll(
    {
      what: "setting up the node's namespaces",
      timeoutMs: 10_000,
      everyMs: 20,
      hopeless: () => (isAlive(keeper) ? undefined : `its first process ended, see ${join(layout.logs, "init.log")}`),
    },
    () => (existsSync(nodePaths(layout).ready) ? childOf(keeper.pid) : undefined),
  );
}

/** Starts a component inside the namespaces of `init`, detached, its output in the logs folder. */
export async function startComponent(layout: Layout, init: ProcessId, component: Component): Promise<ProcessId> {
  const flags = Object.entries(component.flags).map(([name, value]) => `--${name}=${String(value)}`);
  const command = ["nsenter", ...enterFlags(init), component.program, ...flags];
  const outer = await startDetached(layout, { name: component.name, command });
  return poll({ what: `starting ${component.name}`, timeoutMs: 10_000, everyMs: 20 }, () => childOf(outer.pid));
}

/** Runs a program inside the namespaces of `init` to its end. */
export async function runInside(init: ProcessId, program: string, args: readonly string[]): Promise<string> {
  return must("nsenter", [...enterFlags(init), program, ...args], { env: componentEnv() });
}

function enterFlags(init: ProcessId): readonly string[] {
  return ["--target", String(init.pid), "--net", "--pid", "--mount", "--uts", "--ipc", "--"];
}

interface Detached {
  /** Of its log. */
  readonly name: string;
  readonly command: readonly string[];
  readonly record?: Recorder;
}

async function startDetached(layout: Layout, { name, command, record }: Detached): Promise<ProcessId> {
  const log = await open(join(layout.logs, `${name}.log`), "a");
  try {
    const env = { ...componentEnv(), [clusterMark]: layout.id };
    // A shell that waits for a word and then becomes the command; without the word it just ends.
    // sh, because bash takes Node's pipe for a remote login and runs the user's .bashrc first.
    const gate = ["-c", 'read -r _ && exec "$@" </dev/null', "sh", ...command];
    const child = spawn("sh", gate, { detached: true, stdio: ["pipe", log.fd, log.fd], env, cwd: layout.run });
    await new Promise((resolve, reject) => {
      child.on("spawn", resolve).on("error", reject);
    });
    const id = identify(child.pid ?? 0);
    if (id === undefined) throw new Error(`${name} ended at once, see ${join(layout.logs, `${name}.log`)}`);
    await record?.(id);
    child.stdin?.end("go\n");
    child.unref();
    return id;
  } finally {
    await log.close();
  }
}

/** The environment variable by which every process of a cluster can be found, even without a record. */
export const clusterMark = "DBOP_TEST_CLUSTER";

/** Nothing of the user's environment: a proxy meant for the internet would swallow the cluster's own traffic. */
function componentEnv(): NodeJS.ProcessEnv {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    NODE_ADDRESS: network.nodeAddress,
  };
}
