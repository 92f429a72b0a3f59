/** Agents that tunnel through a proxy. Imported on demand only: most users have none. */
import type { Agent, ClientRequest } from "node:http";
import { rootCertificates } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";
import { DbopError } from "../errors.ts";
import type { ProxyTrust } from "./proxy.ts";

/** What https-proxy-agent tells with its event `proxyConnect`. */
interface ProxyAnswer {
  readonly statusCode: number;
  readonly statusText: string;
}

/** A keep-alive agent through `proxy` (http, https, socks5, socks5h). A refusal of the proxy becomes an `Unreachable` error of the request. */
export function openProxyAgent(proxy: URL, trust: ProxyTrust): Agent {
  // Go lets a socks5 proxy look up the name; the package does so for socks5h only.
  if (proxy.protocol.startsWith("socks5"))
    return new SocksProxyAgent(proxy.href.replace(/^socks5:/, "socks5h:"), { keepAlive: true });
  // Credentials go into a header instead of the URL, which the package would print under DEBUG=*.
  const bare = new URL(proxy);
  bare.username = "";
  bare.password = "";
  const agent = new HttpsProxyAgent(bare, { keepAlive: true, headers: authorization(proxy) });
  // Set afterwards: as constructor options they would override the request's own for the API server.
  Object.assign(agent.connectOpts, trustOf(trust));
  agent.on("proxyConnect", (answer: ProxyAnswer, request: ClientRequest) => {
    // Otherwise the proxy's 403 would look like one of the API server.
    if (answer.statusCode !== 200) request.destroy(refusal(bare, answer.statusCode, answer.statusText));
  });
  return agent;
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === "" && proxy.password === "") return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "Proxy-Authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

function trustOf({ ca, rejectUnauthorized }: ProxyTrust): object {
  return ca === undefined ? { rejectUnauthorized } : { rejectUnauthorized, ca: [...rootCertificates, ca].flat() };
}

function refusal(proxy: URL, status: number, text: string): DbopError {
  const hint =
    status === 407
      ? "put user and password into the proxy's URL"
      : "ask who runs the proxy, or name the server in NO_PROXY";
  return new DbopError(
    "Unreachable",
    `proxy ${proxy.host} refused the connection: ${String(status)} ${text}`.trimEnd(),
    { hint },
  );
}
