import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import type { KubeObject } from "../../src/kube/objects.ts";
import { failureOf, json, refuse, startScriptedServer, text, token } from "../support/scripted-server.ts";
import type { ScriptedServer } from "../support/scripted-server.ts";

const pod = { type: types.pod, namespace: "demo", name: "a" };
const config: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "demo" },
  data: { k: "v" },
};
const stored: KubeObject = {
  ...config,
  metadata: { ...config.metadata, uid: "u1", resourceVersion: "7" },
  future: { x: [1] },
};

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.stop());

const main = { namespace: "demo", pod: "a", container: "main" };

describe("log", () => {
  it("returns the text as it is, of no more than it asks for", async () => {
    server.answerWith(text(200, "one\n{}\n"));
    const client = server.client();
    expect(await client.log({ ...main, tailLines: 20 })).toBe("one\n{}\n");
    expect(server.received[0]?.path).toBe("/api/v1/namespaces/demo/pods/a/log");
    expect(Object.fromEntries(server.received[0]?.query ?? [])).toEqual({
      container: "main",
      tailLines: "20",
      limitBytes: "1048576",
    });
  });

  it.each([
    ["the pod is gone", refuse(404, "NotFound", 'pods "a" not found', { name: "a", kind: "pods" })],
    ["the pod has no node", text(204, "")],
    [
      "the container waits",
      refuse(400, "BadRequest", 'container "main" in pod "a" is waiting to start: PodInitializing'),
    ],
    ["its log was removed", refuse(400, "BadRequest", "unable to retrieve container logs for containerd://1")],
  ])("answers undefined when %s", async (_, answer) => {
    server.answerWith(answer);
    expect(await server.client().log(main)).toBeUndefined();
  });

  it.each([
    ["Invalid", refuse(400, "BadRequest", "container main is not valid for pod a")],
    ["Invalid", text(400, "<html>Bad Request</html>")],
    ["Forbidden", refuse(403, "Forbidden", 'pods "a" is forbidden: User "u" cannot get resource "pods/log"')],
    ["ServerError", refuse(500, "InternalError", "Get https://10.0.0.1:10250/containerLogs: connection refused")],
  ])("throws %s when it is refused for another reason", async (reason, answer) => {
    server.answerWith(answer);
    const failure = await failureOf(server.client().log(main));
    expect(failure.reason).toBe(reason);
    expect(failure.message).toContain("read the log of pod/a (namespace demo, container main)");
  });
});

describe("get", () => {
  it("returns the object with fields nobody knows, over one kept connection", async () => {
    server.answerWith(json(200, stored));
    const client = server.client();
    expect(await client.get({ type: types.configMap, namespace: "demo", name: "a" })).toEqual(stored);
    await client.get(pod);
    await client.get(pod);
    expect(server.connections()).toBe(1);
    expect(client.requests()).toBe(3);
    expect(server.received[0]).toMatchObject({ method: "GET", url: "/api/v1/namespaces/demo/configmaps/a" });
    expect(server.received[0]?.headers).toMatchObject({
      accept: "application/json",
      "accept-encoding": "gzip",
      authorization: `Bearer ${token}`,
      "user-agent": "test/1",
      host: `127.0.0.1:${server.port}`,
    });
    client.close();
  });

  it("answers undefined for an object that is not there, and throws when the type is not", async () => {
    server.answerWith(
      refuse(404, "NotFound", 'pods "a" not found', { name: "a", kind: "pods" }),
      text(404, "404 page not found\n"),
    );
    const client = server.client();
    expect(await client.get(pod)).toBeUndefined();
    const failure = await failureOf(client.get({ type: types.databaseCluster, namespace: "demo", name: "a" }));
    expect(failure.reason).toBe("NotFound");
    expect(failure.message).toContain('resource type "databaseclusters" in dbop.dev/v1alpha1');
    expect(failure.hint).toContain("CustomResourceDefinition");
  });

  it("inflates compressed answers, and does not ask for them when told so", async () => {
    server.answerWith((_received, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(JSON.stringify(stored)));
    });
    expect(await server.client().get(pod)).toEqual(stored);
    await server.client({}, { disableCompression: true }).get(pod);
    expect(server.received[1]?.headers["accept-encoding"]).toBe("identity");
  });

  it("keeps the path prefix of the server and repeats impersonation headers", async () => {
    server.answerWith(json(200, stored));
    const prefixed = new URL(`http://127.0.0.1:${server.port}/k8s/clusters/c-1/`);
    const authHeaders = (): Promise<string[]> =>
      Promise.resolve(["Impersonate-User", "u", "Impersonate-Group", "a", "Impersonate-Group", "b"]);
    const client = server.client({}, { server: prefixed, authHeaders });
    await client.get(pod);
    expect(client.server).toBe(`http://127.0.0.1:${server.port}`);
    expect(server.received[0]?.path).toBe("/k8s/clusters/c-1/api/v1/namespaces/demo/pods/a");
    const groups = server.received[0]?.rawHeaders.filter((_, at, all) => all[at - 1] === "Impersonate-Group");
    expect(groups).toEqual(["a", "b"]);
  });

  it("says so when the answer is no object", async () => {
    server.answerWith(text(200, "<html>log in</html>"));
    await expect(server.client().get(pod)).rejects.toMatchObject({
      reason: "ServerError",
      message: "get pod/a: the server answered 200",
    });
  });

  it("refuses to build a path without the namespace it needs", async () => {
    await expect(server.client().get({ type: types.pod, name: "a" })).rejects.toMatchObject({ reason: "Internal" });
  });
});

describe("list", () => {
  const page = (names: readonly string[], token: string | undefined, version = "10"): object => ({
    kind: "PodList",
    apiVersion: "v1",
    metadata: { resourceVersion: version, ...(token !== undefined && { continue: token }) },
    items: names.map((name) => ({ metadata: { name } })),
  });

  it("reads all pages and gives items their kind", async () => {
    server.answerWith(json(200, page(["a", "b"], "more")), json(200, page(["c"], undefined)));
    const list = await server
      .client()
      .list(types.pod, { namespace: "demo", labelSelector: "a=b,c", fieldSelector: "x!=y" });
    expect(list.resourceVersion).toBe("10");
    expect(list.items.map((item) => item.metadata.name)).toEqual(["a", "b", "c"]);
    expect(list.items[0]).toMatchObject({ apiVersion: "v1", kind: "Pod" });
    expect(Object.fromEntries(server.received[1]?.query ?? [])).toEqual({
      labelSelector: "a=b,c",
      fieldSelector: "x!=y",
      limit: "500",
      continue: "more",
    });
  });

  it("begins again without pages when the snapshot expired", async () => {
    server.answerWith(
      json(200, page(["a"], "more")),
      refuse(410, "Expired", "The provided continue parameter is too old"),
      json(200, page(["b", "c"], undefined, "20")),
    );
    const list = await server.client().list(types.pod);
    expect(list.resourceVersion).toBe("20");
    expect(list.items.map((item) => item.metadata.name)).toEqual(["b", "c"]);
    expect(server.received[2]?.url).toBe("/api/v1/pods");
  });
});

describe("writes", () => {
  it("creates, updates and applies with strict validation under our field manager", async () => {
    server.answerWith(json(200, stored));
    const client = server.client();
    expect(await client.create(config)).toEqual(stored);
    await client.update(stored, { subresource: "status", fieldManager: "other" });
    await client.apply(config, { force: true, dryRun: true });
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST /api/v1/namespaces/demo/configmaps?fieldManager=kubectl-dbop&fieldValidation=Strict",
      "PUT /api/v1/namespaces/demo/configmaps/a/status?fieldManager=other&fieldValidation=Strict",
      "PATCH /api/v1/namespaces/demo/configmaps/a?force=true&fieldManager=kubectl-dbop&fieldValidation=Strict&dryRun=All",
    ]);
    expect(server.received.map(({ headers }) => headers["content-type"])).toEqual([
      "application/json",
      "application/json",
      "application/apply-patch+yaml",
    ]);
    expect(JSON.parse(server.received[1]?.body ?? "")).toEqual(stored);
  });

  it("updates nothing whose resourceVersion it does not know", async () => {
    await expect(server.client().update(config)).rejects.toMatchObject({ reason: "Internal" });
    expect(server.received).toEqual([]);
  });

  it("deletes with preconditions, and takes an object already gone for success", async () => {
    server.answerWith(
      json(200, { kind: "Status", status: "Success" }),
      refuse(404, "NotFound", 'pods "a" not found', { name: "a", kind: "pods" }),
      refuse(409, "Conflict", "Precondition failed: UID in precondition: u1, UID in object meta: u2", { name: "a" }),
    );
    const client = server.client();
    const options = { uid: "u1", propagation: "Foreground" } as const;
    await client.delete(pod, { ...options, resourceVersion: "5", dryRun: true });
    await client.delete(pod, options);
    await expect(client.delete(pod, options)).rejects.toMatchObject({ reason: "Conflict" });
    expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      preconditions: { uid: "u1", resourceVersion: "5" },
      propagationPolicy: "Foreground",
      dryRun: ["All"],
    });
  });

  it("knows no plural for a foreign kind", async () => {
    const failure = await failureOf(server.client().create({ ...config, kind: "Gadget" }));
    expect(failure.reason).toBe("Internal");
    expect(failure.message).toContain("v1 Gadget");
  });
});

describe("raw", () => {
  it("answers JSON, text, or undefined on 404", async () => {
    server.answerWith(json(200, { gitVersion: "v1.34.4" }), text(200, "ok"), text(404, "404 page not found"));
    const client = server.client();
    expect(await client.raw("/version")).toEqual({ gitVersion: "v1.34.4" });
    expect(await client.raw("/livez")).toBe("ok");
    expect(await client.raw("/apis/dbop.dev")).toBeUndefined();
  });
});

describe("credentials", () => {
  it("renews them after a 401 and tries once more, writes too", async () => {
    let current = "old";
    const refused: unknown[] = [];
    server.answerWith((received, response) => {
      const handler =
        received.headers.authorization === "Bearer new"
          ? json(200, stored)
          : refuse(401, "Unauthorized", "Unauthorized");
      handler(received, response);
    });
    const client = server.client(
      {},
      {
        authHeaders: () => Promise.resolve(["Authorization", `Bearer ${current}`]),
        refresh: (pairs) => {
          refused.push(pairs);
          current = "new";
          return true;
        },
      },
    );
    expect(await client.create(config)).toEqual(stored);
    expect(refused).toEqual([["Authorization", "Bearer old"]]);
    expect(server.received.length).toBe(2);
  });

  it("gives up when a renewed one is refused as well", async () => {
    server.answerWith(refuse(401, "Unauthorized", "Unauthorized"));
    const client = server.client({}, { refresh: () => true });
    await expect(client.get(pod)).rejects.toMatchObject({ reason: "Unauthorized", message: "get pod/a: Unauthorized" });
    expect(server.received.length).toBe(2);
  });
});

describe("what is told of requests", () => {
  it("passes each warning on once", async () => {
    const warning = ['299 - "policy/v1beta1 is \\"old\\", use policy/v1"', '299 - "second"'];
    server.answerWith(json(200, stored, { warning }));
    const warnings: string[] = [];
    const client = server.client({ onWarning: (warned) => warnings.push(warned) });
    await client.get(pod);
    await client.get(pod);
    expect(warnings).toEqual(['policy/v1beta1 is "old", use policy/v1', "second"]);
  });

  it("traces attempts without Secret data, tokens or headers", async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "demo" },
      stringData: { password: "hunter22" },
    };
    server.answerWith(json(200, { ...secret, data: { password: Buffer.from("hunter22").toString("base64") } }));
    const traces: string[] = [];
    const client = server.client({
      onRequest: (trace) => traces.push(JSON.stringify({ ...trace, ...trace.bodies() })),
    });
    await client.create(secret);
    expect(traces[0]).toContain('"status":200');
    expect(traces[0]).toContain("<redacted>");
    expect(traces.join()).not.toMatch(new RegExp(`hunter22|${token}|${Buffer.from("hunter22").toString("base64")}`));
  });

  it("traces no log", async () => {
    server.answerWith(json(200, { line: "hunter22" }));
    const traces: string[] = [];
    const client = server.client({
      onRequest: (trace) => traces.push(JSON.stringify({ ...trace, ...trace.bodies() })),
    });
    expect(await client.log(main)).toBe('{"line":"hunter22"}');
    expect(traces).toHaveLength(1);
    expect(traces[0]).not.toContain("hunter22");
  });

  it("hides the values of a Secret that a refusal quotes", async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "demo" },
      stringData: { p: "hunter22" },
    };
    server.answerWith(
      refuse(422, "Invalid", 'Secret "s" is invalid: data[p]: Invalid value: "hunter22"', {
        causes: [{ field: "data[p]", message: 'Invalid value: "hunter22"' }],
      }),
    );
    await expect(server.client().create(secret)).rejects.toMatchObject({
      reason: "Invalid",
      message: 'create secret/s: Secret "s" is invalid: data[p]: Invalid value: "<redacted>"',
      problems: ['data[p]: Invalid value: "<redacted>"'],
    });
  });
});
