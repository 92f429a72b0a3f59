/** Which proxy leads to the API server, and the agent that goes through it. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { DbopError } from "../errors.ts";
import type { HostEnvironment } from "./host.ts";
import { bypassesProxy } from "./proxy-bypass.ts";

export interface ProxyQuestion {
  readonly server: URL;
  /** `proxy-url` of the cluster, or the flag; "" for none. It counts for loopback too and NO_PROXY does not touch it. */
  readonly proxyUrl: string;
  readonly clusterName: string;
}

/**
 * The proxy to use: the configured one, else HTTPS_PROXY (HTTP_PROXY for an `http:` server), upper case first, unless NO_PROXY
 * excludes the server. Throws `Usage` for a URL or a scheme that cannot be used; the text never holds the URL's credentials.
 */
export function chooseProxy(question: ProxyQuestion, env: HostEnvironment["env"]): URL | undefined {
  if (question.proxyUrl !== "") return configuredProxy(question.proxyUrl, question.clusterName);
  const name = question.server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const address = valueOf(env, name);
  if (address === "" || bypassesProxy(question.server, valueOf(env, "NO_PROXY"))) return undefined;
  // A bare `proxy:3128` is allowed there, and means http.
  const url = urlOf(address.includes("://") ? address : `http://${address}`);
  if (url === undefined) throw new DbopError("Usage", `invalid proxy address in ${name}`);
  if (!["http:", "https:", "socks5:", "socks5h:"].includes(url.protocol)) {
    throw new DbopError(
      "Usage",
      `unsupported scheme "${url.protocol.slice(0, -1)}" in ${name}, must be http, https, or socks5`,
    );
  }
  return url;
}

function configuredProxy(text: string, clusterName: string): URL {
  const url = urlOf(text);
  const invalid = `invalid 'proxy-url' for cluster "${clusterName}"`;
  if (url === undefined) throw new DbopError("Usage", `${invalid}: could not parse it`);
  if (!["http:", "https:", "socks5:"].includes(url.protocol)) {
    throw new DbopError(
      "Usage",
      `${invalid}: unsupported scheme "${url.protocol.slice(0, -1)}", must be http, https, or socks5`,
    );
  }
  return url;
}

/** Undefined for what is no URL with a host. */
function urlOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.host ? url : undefined;
}

function valueOf(env: HostEnvironment["env"], name: string): string {
  return env[name] || env[name.toLowerCase()] || "";
}

/** How the agent verifies an `https:` proxy: as the API server, with the cluster's own CA added to the usual roots. */
export interface ProxyTrust {
  readonly ca?: string | string[];
  readonly rejectUnauthorized: boolean;
}

/** One keep-alive agent to `server`, through `proxy` when given. The packages that speak to proxies are loaded only then. */
export async function openAgent(server: URL, proxy: URL | undefined, trust: ProxyTrust): Promise<HttpAgent> {
  if (proxy !== undefined) return (await import("./proxy-agent.ts")).openProxyAgent(proxy, trust);
  return server.protocol === "https:" ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
}
