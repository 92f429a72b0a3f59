import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import type { KubeObject } from "../../src/kube/objects.ts";
import {
  cutShort,
  drop,
  failureOf,
  hang,
  json,
  nobodyListens,
  refuse,
  startScriptedServer,
} from "../support/scripted-server.ts";
import { pem } from "./local-servers.ts";
import type { Handler, ScriptedServer } from "../support/scripted-server.ts";

const pod = { type: types.pod, namespace: "demo", name: "a" };
const config: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "demo" } };
const review: KubeObject = {
  apiVersion: "authorization.k8s.io/v1",
  kind: "SelfSubjectAccessReview",
  metadata: { name: "" },
};
const ok = json(200, config);
const error = (code: number, headers: Record<string, string> = {}): Handler =>
  refuse(code, "Because", "words", {}, headers);

/** Keeps this process, and with it the event loop, from noticing anything while the kernel goes on. */
function notLooking(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.stop());

describe("a read", () => {
  it.each<[string, Handler]>([
    ["a connection cut before the answer", drop],
    ["an answer cut short", cutShort],
    ["429 without Retry-After", error(429)],
    ["503 with Retry-After", error(503, { "retry-after": "0" })],
    ["503 with a date", error(503, { "retry-after": new Date(0).toUTCString() })],
    ["500", error(500)],
    ["502", error(502)],
    ["504", error(504)],
  ])("is repeated after %s", async (_what, trouble) => {
    server.answerWith(trouble, trouble, ok);
    const client = server.client();
    expect(await client.get(pod)).toEqual(config);
    expect(client.requests()).toBe(3);
  });

  it("gives a failing server a few chances only", async () => {
    server.answerWith(error(500));
    expect(await failureOf(server.client().get(pod))).toMatchObject({
      reason: "ServerError",
      message: "get pod/a: words",
    });
    expect(server.received.length).toBe(4);
  });

  it("does not wait for a Retry-After beyond its patience", async () => {
    server.answerWith(error(429, { "retry-after": "3600" }));
    expect((await failureOf(server.client().get(pod))).reason).toBe("ServerError");
    expect(server.received.length).toBe(1);
  });

  it.each([400, 403, 409, 422])("is not repeated after %d", async (code) => {
    server.answerWith(error(code));
    await failureOf(server.client().get(pod));
    expect(server.received.length).toBe(1);
  });

  it("survives a restart of the server", async () => {
    server.answerWith(ok);
    const client = server.client({ timing: { retryBudgetMs: 5_000 } });
    await client.get(pod);
    await server.stop();
    const answer = client.get(pod);
    setTimeout(() => void server.listen(), 40);
    expect(await answer).toEqual(config);
  });

  it("is unreachable in kubectl's words when nobody listens", async () => {
    expect(await failureOf(server.client({}, { server: nobodyListens }).get(pod))).toMatchObject({
      reason: "Unreachable",
      message: "the connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
      hint: "kubectl config view --minify shows the server this context points to",
    });
  });

  it("is lost, not unreachable, when it has answered before", async () => {
    const client = server.client({ timing: { retryBudgetMs: 20 } });
    server.answerWith(ok);
    await client.get(pod);
    server.answerWith(drop);
    expect(await failureOf(client.get(pod))).toMatchObject({
      reason: "Unknown",
      message: `get pod/a: the connection to the server 127.0.0.1:${server.port} was lost: connection reset by peer`,
      hint: "run the same command again when the server answers: it goes on from what it finds",
    });
  });

  it("does not look a name up twice before the first answer", async () => {
    const client = server.client({}, { server: new URL("http://nowhere.invalid:1") });
    expect(await failureOf(client.get(pod))).toMatchObject({
      reason: "Unreachable",
      message: "unable to connect to the server: lookup nowhere.invalid: no such host",
    });
    expect(client.requests()).toBe(1);
  });

  it("is tried twice when no answer comes in time, then unreachable", async () => {
    server.answerWith(hang);
    const failure = await failureOf(server.client({}, { requestTimeoutMs: 20 }).get(pod));
    expect(failure).toMatchObject({
      reason: "Unreachable",
      message: `unable to connect to the server: 127.0.0.1:${server.port} did not answer within 0.02s`,
    });
    expect(server.received.length).toBe(2);
  });

  it("counts a slow body against the time limit", async () => {
    server.answerWith((_received, response) => {
      response.writeHead(200).write("{");
    }, ok);
    // Long enough for the good answer on a busy machine.
    expect(await server.client({}, { requestTimeoutMs: 300 }).get(pod)).toEqual(config);
  });
});

describe("a write", () => {
  it("whose answer is lost is unknown, and sent once", async () => {
    for (const trouble of [drop, cutShort]) {
      server.received.length = 0;
      server.answerWith(trouble);
      const failure = await failureOf(server.client().create(config));
      expect(failure.reason).toBe("Unknown");
      expect(failure.message).toMatch(/^create configmap\/a: the request was sent, but its answer was lost/);
      expect(server.received.length).toBe(1);
    }
  });

  it("without an answer in time is unknown", async () => {
    server.answerWith(hang);
    expect((await failureOf(server.client({}, { requestTimeoutMs: 20 }).apply(config))).reason).toBe("Unknown");
    expect(server.received.length).toBe(1);
  });

  it.each([408, 502, 504])("is unknown after %d: a gateway gave up, not the server", async (code) => {
    server.answerWith(error(code));
    expect((await failureOf(server.client().create(config))).reason).toBe("Unknown");
  });

  it("is unknown when etcd did not answer the API server in time", async () => {
    server.answerWith(refuse(500, "", "etcdserver: request timed out"));
    expect((await failureOf(server.client().create(config))).reason).toBe("Unknown");
  });

  it.each([429, 500, 503])("is not repeated after %d", async (code) => {
    server.answerWith(error(code));
    expect((await failureOf(server.client().create(config))).reason).toBe("ServerError");
    expect(server.received.length).toBe(1);
  });

  it("is repeated after 429 with Retry-After", async () => {
    server.answerWith(error(429, { "retry-after": "0" }), ok);
    expect(await server.client().create(config)).toEqual(config);
  });

  it("is repeated while the connection is refused", async () => {
    server.answerWith(ok);
    const client = server.client({ timing: { retryBudgetMs: 5_000 } });
    await client.get(pod);
    await server.stop();
    const answer = client.create(config);
    setTimeout(() => void server.listen(), 40);
    expect(await answer).toEqual(config);
    expect(server.received.filter(({ method }) => method === "POST").length).toBe(1);
  });

  it("notices a kept connection that the server closed meanwhile, and takes a new one", async () => {
    server.answerWith(ok);
    const client = server.client();
    for (let round = 0; round < 20; round += 1) {
      await client.get(pod);
      server.cut();
      notLooking(25); // the news of it has come, unread, when the next request is made
      expect(await client.create(config)).toEqual(config);
    }
    expect(server.received.filter(({ method }) => method === "POST").length).toBe(20);
  });

  it("that changes nothing is repeated like a read", async () => {
    server.answerWith(drop, json(201, review), drop, ok);
    const client = server.client();
    expect(await client.create(review)).toEqual(review);
    expect(await client.create(config, { dryRun: true })).toEqual(config);
  });
});

describe("an abort", () => {
  it("interrupts a request, and a wait between two", async () => {
    const client = server.client({
      timing: { retryMinMs: 60_000, retryMaxMs: 60_000, firstContactBudgetMs: 120_000, retryBudgetMs: 120_000 },
    });
    for (const trouble of [hang, error(503)]) {
      server.answerWith(trouble);
      const signal = AbortSignal.timeout(50);
      expect(await failureOf(client.get(pod, { signal }))).toMatchObject({
        reason: "Interrupted",
        message: "get pod/a: interrupted",
      });
    }
    expect((await failureOf(client.create(config, { signal: AbortSignal.abort() }))).reason).toBe("Interrupted");
    expect(server.received.length).toBe(2);
  });
});

describe("TLS", () => {
  it("is told apart: a server that speaks none, and a stranger's certificate", async () => {
    const plain = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const { port } = plain.address() as AddressInfo;
    const secure = await startScriptedServer({ cert: pem("server.crt"), key: pem("server.key") });
    const client = secure.client({}, { server: new URL(`https://127.0.0.1:${port}`) });
    expect((await failureOf(client.create(config))).message).toBe(
      "unable to connect to the server: http: server gave HTTP response to HTTPS client",
    );
    const strangers = secure.client({}, { tls: { rejectUnauthorized: true, ca: pem("other-ca.crt") } });
    expect(await failureOf(strangers.create(config))).toMatchObject({
      reason: "Unreachable",
      message:
        "unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority",
    });
    expect(strangers.requests()).toBe(1);
    secure.answerWith(ok);
    const trusted = secure.client({}, { tls: { rejectUnauthorized: true, ca: pem("ca.crt") } });
    expect(await trusted.create(config)).toEqual(config);
    secure.answerWith(drop);
    expect((await failureOf(trusted.create(config))).reason).toBe("Unknown");
    await secure.stop();
    plain.close();
  });
});
