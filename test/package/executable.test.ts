/** The executable of this machine, and the one for arm64, as whoever unpacks an archive has them. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { hostTarget, nodeVersion } from "../../build/package/targets.ts";
import { helpTexts } from "../../src/cli/program.ts";
import { archiveEntries } from "../support/package/unpacked.ts";
import { archiveOf, version } from "../support/package/packages.ts";

let folder = "";
let program = "";
let server: Server;
let kubeconfig = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "dbop-executable-"));
  program = unpacked("own", hostTarget());
  server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ kind: "DatabaseClusterList", metadata: {}, items: [aDatabase] }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  kubeconfig = join(folder, "kubeconfig");
  const url = typeof at === "object" && at !== null ? `http://127.0.0.1:${at.port}` : "";
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "a", cluster: { server: url } }],
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      "current-context": "a",
      users: [{ name: "a", user: { token: "canary-token" } }],
    }),
  );
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const aDatabase = {
  apiVersion: "dbop.dev/v1alpha1",
  kind: "DatabaseCluster",
  metadata: { name: "demo", namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "8Gi" } },
};

function unpacked(
  name: string,
  target: { readonly os: "linux" | "darwin" | "windows"; readonly arch: "amd64" | "arm64" },
): string {
  const file = join(folder, name, "kubectl-dbop");
  mkdirSync(join(folder, name));
  const entry = archiveEntries(archiveOf(target)).find(({ mode }) => mode === 0o755);
  writeFileSync(file, entry?.content ?? "", { mode: 0o755 });
  return file;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { env, cwd: folder }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
    child.stdin?.end();
  });
}

describe("the executable", () => {
  it.each([...helpTexts()])("has the help of '%s' inside", async (topic, text) => {
    expect(await run(program, topic === "" ? [] : [topic, "--help"])).toEqual({ code: 0, stdout: text, stderr: "" });
  });

  it("is of this version, on the Node that was put in", async () => {
    const ended = await run(program, ["version", "--client"]);
    expect(ended).toEqual({
      code: 0,
      stdout: `Client Version: v${version}\nNode Version: ${nodeVersion}\n`,
      stderr: "",
    });
  });

  it("reads a cluster without PATH and HOME, from a folder it may not write to, through a link", async () => {
    const link = join(folder, "kubectl-dbop");
    symlinkSync(program, link);
    chmodSync(join(folder, "own"), 0o555);
    const ended = await run(link, ["list"], { KUBECONFIG: kubeconfig });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^NAME +ENGINE .*\ndemo +etcd +3\.6\.16 /u);
  });

  it("says without a kubeconfig and without HOME what to do", async () => {
    const ended = await run(program, ["list"]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toMatch(/^error: .*configuration.*\n/u);
  });

  it("lets NODE_OPTIONS load nothing into it", async () => {
    const intruder = join(folder, "intruder.cjs");
    writeFileSync(intruder, 'require("node:fs").writeFileSync(__dirname + "/intruded", "")');
    const ended = await run(program, ["--version"], { NODE_OPTIONS: `--require ${intruder}` });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(() => readFileSync(join(folder, "intruded"))).toThrow("ENOENT");
  });

  it("completes a name from the cluster", async () => {
    const ended = await run(program, ["__complete", "status", "d"], { KUBECONFIG: kubeconfig });
    expect(ended).toEqual({ code: 0, stdout: "demo\n:4\n", stderr: "" });
  });

  it("ends quietly when its reader leaves", async () => {
    const ended = await run("/bin/sh", ["-c", `{ "${program}" completion bash; echo "code $?" >&2; } | /bin/true`]);
    expect(ended.stderr).toBe("code 0\n");
  });
});

describe("the executable for linux/arm64, under qemu", () => {
  const { emulator } = inject("packages");
  const unavailable = "unavailable" in emulator;

  it.skipIf(unavailable)(
    "tells its version, its help, and reads a cluster",
    async () => {
      if ("unavailable" in emulator) return;
      const file = unpacked("arm64", { os: "linux", arch: "arm64" });
      const [command, ...before] = [...emulator.command, file];
      const words = (...args: string[]): string[] => [...before, ...args];
      expect(await run(command, words("version", "--client"))).toMatchObject({ code: 0, stderr: "" });
      expect(await run(command, words("--help"))).toEqual({ code: 0, stdout: helpTexts().get(""), stderr: "" });
      const ended = await run(command, words("list"), { KUBECONFIG: kubeconfig });
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).toContain("demo");
    },
    120_000,
  );
});
