import { execFile, spawn } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { helpTexts } from "../../src/cli/program.ts";

const project = join(import.meta.dirname, "../..");
const version = String(
  (JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as { version: unknown }).version,
);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A checkout with nothing but what running needs. */
let checkout = "";
let bin = "";

beforeAll(async () => {
  checkout = mkdtempSync(join(tmpdir(), "dbop-bin-"));
  cpSync(join(project, "bin"), join(checkout, "bin"), { recursive: true });
  symlinkSync(join(project, "node_modules"), join(checkout, "node_modules"));
  bin = join(checkout, "bin/kubectl-dbop");
  const built = await run(process.execPath, [join(project, "build/build.ts"), join(checkout, "dist")]);
  expect(built).toMatchObject({ code: 0, stderr: "" });
}, 60_000);

afterAll(() => {
  rmSync(checkout, { recursive: true, force: true });
});

function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env["PATH"], HOME: checkout, ...env }, cwd: checkout };
    const child = execFile(file, args, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
    child.stdin?.end();
  });
}

describe("bin/kubectl-dbop", () => {
  it.each([
    [[], ""],
    [["--help"], ""],
    [["help"], ""],
    [["scale", "--help"], "scale"],
    [["help", "install"], "install"],
    [["scale", "demo", "--help"], "scale"],
  ])("prints for %j the help that the definitions give", async (args, topic) => {
    expect(await run(bin, args)).toEqual({ code: 0, stdout: helpTexts().get(topic), stderr: "" });
  });

  it("has the help of every topic ready as a file", () => {
    const ready = Object.fromEntries(
      readdirSync(join(checkout, "dist/help")).map((file) => [
        file.replace(".txt", ""),
        readFileSync(join(checkout, "dist/help", file), "utf8"),
      ]),
    );
    const rendered = [...helpTexts()].map(([topic, text]) => [topic === "" ? "dbop" : topic, text]);
    expect(ready).toEqual(Object.fromEntries(rendered));
  });

  it("has a small entry", () => {
    expect(statSync(join(checkout, "dist/main.cjs")).size).toBeLessThan(10_000);
  });

  it("tells its version without a cluster", async () => {
    const ended = await run(bin, ["version", "--client"]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(new RegExp(`^Client Version: v${version.replaceAll(".", "\\.")}\nNode Version: \\d+`));
    expect((await run(bin, ["--version"])).stdout).toBe(ended.stdout);
  });

  it("works through a symlink, as krew installs it", async () => {
    const elsewhere = join(checkout, "krew");
    mkdirSync(elsewhere);
    symlinkSync(bin, join(elsewhere, "kubectl-dbop"));
    expect((await run(join(elsewhere, "kubectl-dbop"), ["--help"])).stdout).toBe(helpTexts().get(""));
  });

  it.each([
    [["instal"], 2, 'error: unknown command "instal" for "kubectl dbop"\n\nDid you mean this?\n\tinstall\n'],
    [
      ["scale", "demo"],
      2,
      "error: nothing to change: set --replicas, --storage, --cpu or --memory\nSee 'kubectl dbop scale --help' for usage.\n",
    ],
    [["../main"], 2, 'error: unknown command "../main" for "kubectl dbop"\nSee \'kubectl dbop --help\' for usage.\n'],
    [["list", "--kubeconfig", "/nowhere"], 2, /^error: .*\/nowhere.*\n/],
    [["list", "-s", "http://127.0.0.1:1"], 2, /^error: .*127\.0\.0\.1:1.*\n/],
  ])("fails on %j with its code, and nothing on stdout", async (args, code, stderr) => {
    const ended = await run(bin, args);
    expect(ended).toMatchObject({ code, stdout: "" });
    if (typeof stderr === "string") expect(ended.stderr).toBe(stderr);
    else expect(ended.stderr).toMatch(stderr);
  });

  it("says how to build when it is not built", async () => {
    const bare = join(checkout, "bare");
    cpSync(join(project, "bin"), join(bare, "bin"), { recursive: true });
    const ended = await run(join(bare, "bin/kubectl-dbop"), ["--help"]);
    expect(ended).toEqual({ code: 1, stdout: "", stderr: "error: kubectl-dbop is not built: run npm run build\n" });
  });

  it("ends quietly when its reader leaves", async () => {
    const ended = await run("sh", ["-c", `{ "${bin}" completion bash; echo "code $?" >&2; } | true`]);
    expect(ended.stderr).toMatch(/^code 0\n$/);
  });

  it.each([
    ["thrown", 'setTimeout(() => { throw new TypeError("no such field\\nsecond line"); }, 1);'],
    ["rejected", 'void Promise.reject(new TypeError("no such field\\nsecond line"));'],
  ])(
    "tells of an error that is %s where nobody catches it in two lines, without source and without secrets",
    async (_, code) => {
      const broken = join(checkout, "broken");
      cpSync(join(checkout, "dist"), join(broken, "dist"), { recursive: true });
      const token = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ij";
      const part = code.replace("no such field", `no such field ${token}`);
      writeFileSync(
        join(broken, "dist/cli-start.cjs"),
        `exports.start = () => { ${part} return new Promise(() => setTimeout(() => 0, 9000)); };`,
      );
      const ended = await run(process.execPath, [join(broken, "dist/main.cjs"), "list"]);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr).toMatch(
        /^error: internal error: TypeError: no such field …\nkubectl-dbop \S+, Node \S+, \S+\n$/u,
      );
    },
  );

  it("answers kubectl's completion", async () => {
    const ended = await run(join(checkout, "bin/kubectl_complete-dbop"), ["sca"]);
    expect(ended).toEqual({
      code: 0,
      stdout: "scale\tChange the number of members, their storage or their resources\n:4\n",
      stderr: "",
    });
  });

  it("is found by kubectl as a plugin, which passes its exit code on", async () => {
    const path = { PATH: `${join(checkout, "bin")}:${process.env["PATH"] ?? ""}` };
    const found = await run("kubectl", ["dbop", "scale", "demo"], path);
    // Without kubectl on this machine there is nothing to see.
    if (found.stderr !== "") expect(found).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("signals", () => {
  let silent: Server;
  let address = "";

  beforeAll(async () => {
    // A server that takes requests and never answers: what is waiting can be interrupted.
    silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const at = silent.address();
    address = typeof at === "object" && at !== null ? `http://127.0.0.1:${at.port}` : "";
  });

  afterAll(() => {
    silent.closeAllConnections();
    silent.close();
  });

  it("lets a shell that completes a name wait for about a second, and then answers with nothing", async () => {
    const began = performance.now();
    const ended = await run(join(checkout, "bin/kubectl_complete-dbop"), ["-s", address, "status", "d"]);
    expect(ended).toEqual({ code: 0, stdout: ":4\n", stderr: "" });
    expect(performance.now() - began).toBeGreaterThan(800);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s says so and ends with %i", async (name, code) => {
    const asked = once(silent, "request");
    const child = spawn(bin, ["version", "-s", address], { env: { HOME: checkout, PATH: process.env["PATH"] } });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    await asked;
    child.kill(name);
    const [exit] = (await once(child, "exit")) as [number | null];
    expect(exit).toBe(code);
    expect(stderr).toContain("Stopping at the next safe point; once more stops at once.");
  });
});
