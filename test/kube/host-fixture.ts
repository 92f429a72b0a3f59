/** A real machine for tests, but for its environment: files and child processes are real, nothing comes from `process`. */
import { mkdtempSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeHost, type HostEnvironment } from "../../src/kube/host.ts";

export const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url));
export const kubeconfigs = join(fixtures, "golden/kubeconfig");

export type TestHost = HostEnvironment & { readonly warnings: readonly string[] };

/** No home, no variables, no terminal, unless `facts` say so. */
export function aHost(facts: Partial<HostEnvironment> = {}): TestHost {
  const warnings: string[] = [];
  const warn = (line: string): void => {
    warnings.push(line);
  };
  const host = nodeHost({ env: {}, homedir: "", cwd: kubeconfigs, stdinIsTty: false, warn });
  return { ...host, ...facts, warnings };
}

/** A new directory holding `files`, by relative path. Kept until the machine clears its temporary files. */
export function aDirectory(files: Readonly<Record<string, string>>, mode = 0o600): string {
  const directory = mkdtempSync(join(tmpdir(), "dbop-kube-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text, { mode });
  }
  return directory;
}

/** A kubeconfig of one context, `it`, with these stanzas. */
export function aKubeconfig(stanzas: {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
}): string {
  return JSON.stringify({
    "current-context": "it",
    clusters: [{ name: "it", cluster: { server: "https://it.example", ...stanzas.cluster } }],
    users: [{ name: "it", user: stanzas.user ?? {} }],
    contexts: [{ name: "it", context: { cluster: "it", user: "it", ...stanzas.context } }],
  });
}
