import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createServer } from "node:https";
import { resolveAccess, type ClusterAccess } from "../../src/kube/access.ts";
import { chooseProxy } from "../../src/kube/proxy.ts";
import { aDirectory, aHost, aKubeconfig } from "./host-fixture.ts";
import { holding, matching } from "./matchers.ts";
import {
  ask,
  pem,
  startApiServer,
  startConnectProxy,
  startSocksProxy,
  type Running,
  type Seen,
} from "./local-servers.ts";

const server = new URL("https://api.example:6443");
const choose = (env: Record<string, string>, proxyUrl = "", target = server): string | undefined =>
  chooseProxy({ server: target, proxyUrl, clusterName: "c" }, env)?.href;

describe("chooseProxy", () => {
  it.each<[string, Record<string, string>, string, string | undefined]>([
    ["none", {}, "", undefined],
    ["HTTPS_PROXY", { HTTPS_PROXY: "http://p:1" }, "", "http://p:1/"],
    ["https_proxy", { https_proxy: "http://p:1" }, "", "http://p:1/"],
    ["upper case first", { HTTPS_PROXY: "http://p:1", https_proxy: "http://q:1" }, "", "http://p:1/"],
    ["not HTTP_PROXY for https", { HTTP_PROXY: "http://p:1" }, "", undefined],
    ["no scheme", { HTTPS_PROXY: "p:3128" }, "", "http://p:3128/"],
    ["no scheme, credentials", { HTTPS_PROXY: "u:pw@p:3128" }, "", "http://u:pw@p:3128/"],
    ["an address without scheme", { HTTPS_PROXY: "10.0.0.1:3128" }, "", "http://10.0.0.1:3128/"],
    ["socks5 from the environment", { HTTPS_PROXY: "socks5://p:1080" }, "", "socks5://p:1080"],
    ["proxy-url wins", { HTTPS_PROXY: "http://p:1" }, "http://k:1", "http://k:1/"],
    ["proxy-url despite NO_PROXY", { NO_PROXY: "*" }, "http://k:1", "http://k:1/"],
    ["NO_PROXY", { HTTPS_PROXY: "http://p:1", NO_PROXY: ".example" }, "", undefined],
    ["no_proxy", { HTTPS_PROXY: "http://p:1", no_proxy: ".example" }, "", undefined],
  ])("%s", (_name, env, proxyUrl, expected) => {
    expect(choose(env, proxyUrl)).toBe(expected);
  });

  it("takes HTTP_PROXY for a plain server", () => {
    expect(choose({ HTTP_PROXY: "http://p:1", HTTPS_PROXY: "http://q:1" }, "", new URL("http://api.example"))).toBe(
      "http://p:1/",
    );
  });

  it("never proxies loopback from the environment, but does by proxy-url", () => {
    const loopback = new URL("https://127.0.0.1:6443");
    expect(choose({ HTTPS_PROXY: "http://p:1" }, "", loopback)).toBeUndefined();
    expect(choose({}, "http://k:1", loopback)).toBe("http://k:1/");
  });

  it.each([
    ["ftp://u:canary@p", "", `unsupported scheme "ftp"`],
    [
      "",
      "ftp://u:canary@p",
      `invalid 'proxy-url' for cluster "c": unsupported scheme "ftp", must be http, https, or socks5`,
    ],
    ["", "socks4://u:canary@p:1", `unsupported scheme "socks4"`],
    ["", "u:canary@p:1", `invalid 'proxy-url' for cluster "c": could not parse it`],
    ["http://u:canary@p:notaport", "", "invalid proxy address in HTTPS_PROXY"],
  ])("refuses %s%s without printing its password", (environment, proxyUrl, message) => {
    const attempt = (): unknown => choose({ HTTPS_PROXY: environment }, proxyUrl);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow("canary");
  });
});

describe("the agent", () => {
  let api: Running & { readonly seen: Seen[] };
  const directory = aDirectory({ "ca.crt": pem("ca.crt"), "other.crt": pem("other-ca.crt") });
  const opened: { close(): unknown }[] = [];

  beforeAll(async () => {
    api = await startApiServer();
  });
  afterAll(async () => {
    for (const each of opened) await each.close();
    await api.close();
  });

  async function access(cluster: object, env: Record<string, string> = {}): Promise<ClusterAccess> {
    const stanza = { server: "https://cluster.test:6443", "certificate-authority": `${directory}/ca.crt`, ...cluster };
    const file = aDirectory({ config: aKubeconfig({ cluster: stanza, user: { token: "t" } }) });
    const found = await resolveAccess({ asGroups: [], kubeconfig: `${file}/config` }, aHost({ env }));
    opened.push(found);
    return found;
  }

  async function connectProxy(
    options: Parameters<typeof startConnectProxy>[1] = {},
  ): Promise<Awaited<ReturnType<typeof startConnectProxy>>> {
    const proxy = await startConnectProxy(api.port, options);
    opened.push(proxy);
    return proxy;
  }

  it("goes through an http proxy with credentials, keeping the tunnel for the next request", async () => {
    const proxy = await connectProxy();
    const found = await access({ "proxy-url": `http://ann:s%40t@127.0.0.1:${proxy.port}` });
    expect(await ask(found, "/a")).toMatchObject({
      path: "/a",
      headers: ["authorization: Bearer t"],
      servername: "cluster.test",
    });
    await ask(found, "/b");
    expect(proxy.seen).toEqual([`cluster.test:6443 Basic ${btoa("ann:s@t")}`]);
  });

  it("goes through HTTPS_PROXY", async () => {
    const proxy = await connectProxy();
    await ask(await access({}, { HTTPS_PROXY: `127.0.0.1:${proxy.port}` }), "/a");
    expect(proxy.seen).toEqual(["cluster.test:6443"]);
  });

  it("goes through an https proxy, trusting it by the cluster's CA", async () => {
    const proxy = await connectProxy({ secure: true });
    await ask(await access({ "proxy-url": `https://127.0.0.1:${proxy.port}` }), "/a");
    expect(proxy.seen).toEqual(["cluster.test:6443"]);
  });

  it("goes through a socks5 proxy, which looks up the name", async () => {
    const proxy = await startSocksProxy(api.port);
    opened.push(proxy);
    expect(await ask(await access({ "proxy-url": `socks5://127.0.0.1:${proxy.port}` }), "/a")).toMatchObject({
      path: "/a",
    });
    expect(proxy.seen).toEqual(["type 3: cluster.test:6443"]);
  });

  it.each(["http", "socks5"])("still verifies the API server behind an %s proxy", async (scheme) => {
    const proxy = await (scheme === "http" ? startConnectProxy(api.port) : startSocksProxy(api.port));
    opened.push(proxy);
    const found = await access({
      "proxy-url": `${scheme}://127.0.0.1:${proxy.port}`,
      "certificate-authority": `${directory}/other.crt`,
    });
    await expect(ask(found, "/a")).rejects.toMatchObject({ code: "SELF_SIGNED_CERT_IN_CHAIN" });
  });

  it.each([
    ["407 Proxy Authentication Required", "put user and password into the proxy's URL"],
    ["403 Forbidden", holding("NO_PROXY")],
  ])("says that it was the proxy that answered %s", async (refusal, hint) => {
    const proxy = await connectProxy({ refusal });
    const found = await access({ "proxy-url": `http://ann:canary@127.0.0.1:${proxy.port}` });
    await expect(ask(found, "/a")).rejects.toMatchObject({
      reason: "Unreachable",
      message: `proxy 127.0.0.1:${proxy.port} refused the connection: ${refusal}`,
      hint,
    });
  });

  it("says that it is the proxy that is not there", async () => {
    const proxy = await startConnectProxy(api.port);
    await proxy.close();
    const found = await access({ "proxy-url": `http://127.0.0.1:${proxy.port}` });
    await expect(ask(found, "/a")).rejects.toMatchObject({
      reason: "Unreachable",
      message: matching(/^proxy 127.*ECONNREFUSED/),
    });
  });

  it("carries a WebSocket", async () => {
    const https = createServer({ cert: pem("server.crt"), key: pem("server.key") });
    const sockets = new WebSocketServer({ server: https });
    sockets.on("connection", (socket) => {
      socket.send("hello");
    });
    await new Promise<void>((resolve) => https.listen(0, "127.0.0.1", resolve));
    const address = https.address();
    const proxy = await startConnectProxy(typeof address === "object" ? (address?.port ?? 0) : 0);
    const found = await access({ "proxy-url": `http://127.0.0.1:${proxy.port}` });
    const client = new WebSocket("wss://cluster.test:6443/exec", { agent: found.agent, ...found.tls });
    const message = await new Promise((resolve, reject) => {
      client.on("message", (data: Buffer) => {
        resolve(data.toString());
      });
      client.on("error", reject);
    });
    expect(message).toBe("hello");
    client.terminate();
    await proxy.close();
    https.close();
  });
});
