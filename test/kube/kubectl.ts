/** The real kubectl, to compare with: DBOP_TEST_KUBECTL, else the one on PATH. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const kubectlPath: string | undefined =
  process.env["DBOP_TEST_KUBECTL"] ||
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((directory) => join(directory, "kubectl"))
    .find((file) => existsSync(file));

export interface KubectlRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl with exactly this environment. */
export function kubectl(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<KubectlRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(kubectlPath ?? "kubectl", [...args], {
      env: { ...env },
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
