import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { ExecRequest, ExecResult } from "../../src/kube/kube-client.ts";
import { readExecEnd, subprotocols } from "../../src/kube/exec-protocol.ts";
import {
  failureOf,
  nobodyListens,
  json,
  refuse,
  startScriptedServer,
  statusBody,
  text,
  token,
} from "../support/scripted-server.ts";
import type { ScriptedServer } from "../support/scripted-server.ts";
import { pem } from "./local-servers.ts";

const request: ExecRequest = {
  namespace: "demo",
  pod: "a-0",
  container: "db",
  argv: ["sh", "-c", "echo ü & x=1"],
  deadlineMs: 5_000,
};
const success = JSON.stringify({ kind: "Status", metadata: {}, status: "Success" });
const exitCode = (code: string): string =>
  JSON.stringify(
    statusBody(500, "NonZeroExitCode", `command terminated with exit code ${code}`, {
      causes: [{ reason: "ExitCode", message: code }],
    }),
  );

let server: ScriptedServer;
let upgrades: string[];
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.stop());

/** Accepts exec connections with the first offered protocol it knows, and runs `process` on each. */
function serveExec(
  process: (socket: WebSocket) => void,
  protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"],
  on = server,
): void {
  upgrades = [];
  const sockets = new WebSocketServer({
    noServer: true,
    autoPong: true,
    handleProtocols: (offered) => [...offered].find((one) => protocols.includes(one)) ?? false,
  });
  on.server.on("upgrade", (incoming, socket, head) => {
    upgrades.push(incoming.url ?? "");
    expect(incoming.headers.authorization).toBe(`Bearer ${token}`);
    expect(incoming.headers["user-agent"]).toBe("test/1");
    sockets.handleUpgrade(incoming, socket, head, process);
  });
}

const say = (socket: WebSocket, channel: number, bytes: string | Buffer): void => {
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(bytes)]));
};

const exec = (changes: Partial<ExecRequest> = {}): Promise<ExecResult> =>
  server.client().exec({ ...request, ...changes });

describe("exec", () => {
  it("passes the command raw and returns what it wrote and its code", async () => {
    serveExec((socket) => {
      say(socket, 1, "");
      say(socket, 1, "out");
      say(socket, 2, "err");
      say(socket, 3, exitCode("3"));
      socket.close();
    });
    expect(await exec()).toEqual({ outcome: "exited", code: 3, stdout: "out", stderr: "err" });
    const url = new URL(upgrades[0] ?? "", "http://any");
    expect(url.pathname).toBe("/api/v1/namespaces/demo/pods/a-0/exec");
    expect(url.searchParams.getAll("command")).toEqual(request.argv);
    expect(url.searchParams.get("container")).toBe("db");
    expect(url.searchParams.has("stdin")).toBe(false);
  });

  it("keeps what arrives before the handshake's answer is digested, and after the status", async () => {
    serveExec((socket) => {
      say(socket, 1, "early ");
      say(socket, 3, success);
      say(socket, 1, "late");
    });
    expect(await exec()).toEqual({ outcome: "exited", code: 0, stdout: "early late", stderr: "" });
  });

  it("gives stdout exactly, however it is cut into messages", async () => {
    let parts: readonly Buffer[] = [];
    serveExec((socket) => {
      for (const part of parts) say(socket, 1, part);
      say(socket, 3, success);
    });
    const client = server.client();
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        async (output, size) => {
          const bytes = Buffer.from(output, "utf8");
          parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
            bytes.subarray(at * size, (at + 1) * size),
          );
          expect(await client.exec(request)).toMatchObject({ stdout: output });
        },
      ),
      { numRuns: 25 },
    );
  });

  it("sends stdin and ends it with the close signal of v5", async () => {
    const input = "ü".repeat(50_000);
    serveExec((socket) => {
      const heard: Buffer[] = [];
      socket.on("message", (data: Buffer) => {
        if (data[0] === 0) heard.push(data.subarray(1));
        if (data[0] !== 255 || data[1] !== 0) return;
        say(socket, 1, Buffer.concat(heard));
        say(socket, 3, success);
      });
    });
    expect(await exec({ stdin: input })).toMatchObject({ code: 0, stdout: input });
    expect(upgrades[0]).toContain("stdin=true");
  });

  it("falls back to v4, but does not offer it with stdin, which v4 cannot end", async () => {
    serveExec(
      (socket) => {
        say(socket, 3, success);
      },
      ["v4.channel.k8s.io"],
    );
    expect(await exec()).toMatchObject({ outcome: "exited", code: 0 });
    expect(subprotocols(request)).toEqual(["v5.channel.k8s.io", "v4.channel.k8s.io"]);
    expect(subprotocols({ ...request, stdin: "" })).toEqual(["v5.channel.k8s.io"]);
  });

  it("goes over TLS like any other request", async () => {
    const secure = await startScriptedServer({ cert: pem("server.crt"), key: pem("server.key") });
    serveExec(
      (socket) => {
        say(socket, 3, success);
      },
      undefined,
      secure,
    );
    const client = secure.client({}, { tls: { rejectUnauthorized: true, ca: pem("ca.crt") } });
    expect(await client.exec(request)).toMatchObject({ outcome: "exited" });
    const stranger = secure.client({}, { tls: { rejectUnauthorized: true, ca: pem("other-ca.crt") } });
    expect((await failureOf(stranger.exec(request))).reason).toBe("Unreachable");
    await secure.stop();
  });
});

describe("an exec whose end was not seen", () => {
  const unknown = (why: string, stdout = ""): ExecResult => ({ outcome: "unknown", why, stdout, stderr: "" });

  it("is unknown when the connection drops, with what was written so far", async () => {
    serveExec((socket) => {
      say(socket, 1, "half");
      setTimeout(() => {
        server.cut();
      }, 10);
    });
    expect(await exec()).toEqual(unknown("the connection dropped before an exit status came", "half"));
  });

  it("is unknown when the connection drops during the handshake", async () => {
    server.server.on("upgrade", (_incoming, socket) => socket.destroy());
    expect(await exec()).toMatchObject({ outcome: "unknown" });
  });

  it("is unknown after the deadline", async () => {
    serveExec(() => undefined);
    expect(await exec({ deadlineMs: 30 })).toEqual({ ...unknown("no exit status within 0.03s"), late: true });
  });

  it("is unknown when the far side no longer answers pings", async () => {
    serveExec((socket) => {
      socket.pause();
    });
    const client = server.client({ timing: { silenceMs: 40 } });
    expect(await client.exec(request)).toEqual(unknown("the connection fell silent"));
  });

  it("stays with a quiet process whose side answers pings", async () => {
    serveExec((socket) => {
      setTimeout(() => {
        say(socket, 3, success);
      }, 150);
    });
    const client = server.client({ timing: { silenceMs: 50 } });
    expect(await client.exec(request)).toMatchObject({ outcome: "exited", code: 0 });
  });

  it("is unknown when it writes without end", async () => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    serveExec((socket) => {
      for (let count = 0; count < 20; count += 1) say(socket, 1, chunk);
    });
    const result = await exec();
    expect(result).toMatchObject({ outcome: "unknown", why: "it wrote more than 16777216 bytes" });
    expect(result.stdout.length).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  it("is unknown when the runtime lost the process", () => {
    const lost = JSON.stringify(statusBody(500, "InternalError", "error executing command in container: EOF"));
    expect(readExecEnd(lost)).toEqual({ kind: "unknown", why: "error executing command in container: EOF" });
    const start = JSON.stringify(statusBody(500, "InternalError", 'failed to start exec "1": ttrpc: closed'));
    expect(readExecEnd(start).kind).toBe("unknown");
    expect(readExecEnd("not JSON")).toEqual({ kind: "unknown", why: "the exit status could not be read" });
  });
});

describe("an exec that surely did not start", () => {
  it.each<[string, Parameters<ScriptedServer["answerWith"]>[0], string]>([
    [
      "Forbidden",
      refuse(403, "Forbidden", 'pods "a-0" is forbidden: User "u" cannot create resource "pods/exec"'),
      "Forbidden",
    ],
    ["a missing Pod", refuse(404, "NotFound", 'pods "a-0" not found', { name: "a-0" }), "NotFound"],
    ["a Pod without a node", refuse(400, "BadRequest", "pod a-0 does not have a host assigned"), "ServerError"],
    [
      "a container that does not run",
      refuse(500, "InternalError", 'unable to upgrade connection: container not found ("db")'),
      "ServerError",
    ],
    ["a server without v5", text(403, ""), "ServerError"],
    ["a lapsed credential", refuse(401, "Unauthorized", "Unauthorized"), "Unauthorized"],
    ["an answer that is no upgrade", json(200, {}), "ServerError"],
  ])("throws for %s", async (_what, refusal, reason) => {
    server.answerWith(refusal);
    const failure = await failureOf(exec({ stdin: "x" }));
    expect(failure.reason).toBe(reason);
    expect(failure.message).toMatch(/^exec in pod\/a-0 \(namespace demo, container db\): /);
  });

  it("throws when the kubelet says so after the handshake", async () => {
    serveExec((socket) => {
      say(
        socket,
        3,
        JSON.stringify(statusBody(500, "InternalError", 'unable to upgrade connection: container not found ("db")')),
      );
    });
    expect((await failureOf(exec())).reason).toBe("ServerError");
  });

  // words of Kubernetes 1.34.4 with containerd 1.6
  it.each([
    'failed to exec in container: failed to start exec "1": OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown',
    'failed to exec in container: failed to create exec "1": cannot exec in a stopped state: unknown',
    "container is in CONTAINER_EXITED state",
    'unable to upgrade connection: container not found ("db")',
  ])("is told by the words: %s", (why) => {
    const status = statusBody(
      500,
      "InternalError",
      `Internal error occurred: error executing command in container: ${why}`,
    );
    expect(readExecEnd(JSON.stringify(status)).kind).toBe("neverStarted");
  });

  it("renews credentials after a 401", async () => {
    let fresh = false;
    serveExec((socket) => {
      say(socket, 3, success);
    });
    server.answerWith(refuse(401, "Unauthorized", "Unauthorized"));
    server.server.removeAllListeners("upgrade"); // Node then answers upgrades as plain requests
    const client = server.client(
      {},
      {
        refresh: () => {
          fresh = true;
          serveExec((socket) => {
            say(socket, 3, success);
          });
          return true;
        },
      },
    );
    expect(await client.exec(request)).toMatchObject({ outcome: "exited" });
    expect(fresh).toBe(true);
  });

  it("is unreachable when nobody listens, interrupted when aborted", async () => {
    serveExec(() => undefined);
    expect((await failureOf(exec({ signal: AbortSignal.timeout(20) }))).reason).toBe("Interrupted");
    const nowhere = server.client({}, { server: nobodyListens });
    expect((await failureOf(nowhere.exec(request))).reason).toBe("Unreachable");
  });
});
