/** Agents that tunnel through a proxy. Imported on demand only: most users have none. */
import type { Agent, ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";
import { DbopError } from "../errors.ts";
import type { ProxyTrust } from "./proxy.ts";

/** A keep-alive agent through `proxy` (http, https, socks5, socks5h). A proxy that fails or refuses gives the request an `Unreachable` error. */
export function openProxyAgent(proxy: URL, trust: ProxyTrust): Agent {
  const agent = proxy.protocol.startsWith("socks5") ? socksAgent(proxy) : connectAgent(proxy, trust);
  const connect = agent.connect.bind(agent);
  agent.connect = (...call) => tunnel(proxy, call[0], () => connect(...call));
  return agent;
}

function connectAgent(proxy: URL, trust: ProxyTrust): HttpsProxyAgent<string> {
  // Credentials go into a header instead of the URL, which the package would print under DEBUG=*.
  const bare = new URL(proxy);
  bare.username = "";
  bare.password = "";
  const agent = new HttpsProxyAgent(bare, { keepAlive: true, headers: authorization(proxy) });
  // Set afterwards: as constructor options they would override the request's own for the API server.
  Object.assign(agent.connectOpts, trustOf(trust));
  return agent;
}

function socksAgent(proxy: URL): SocksProxyAgent {
  // Go lets a socks5 proxy look up the name; the package does so for socks5h only.
  return new SocksProxyAgent(proxy.href.replace(/^socks5:/, "socks5h:"), { keepAlive: true });
}

/** What https-proxy-agent tells with its event `proxyConnect`. */
interface ProxyAnswer {
  readonly statusCode: number;
  readonly statusText: string;
}

/** Opens the tunnel; failures name the proxy, since what the user sees next is about the API server. */
async function tunnel(proxy: URL, request: ClientRequest, open: () => Promise<Socket>): Promise<Socket> {
  const answers: ProxyAnswer[] = [];
  request.once("proxyConnect", (answer: ProxyAnswer) => answers.push(answer));
  let socket: Socket;
  try {
    socket = await open();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DbopError("Unreachable", `proxy ${proxy.host}: ${why}`, { cause: error, hint: proxyHint });
  }
  const [answer] = answers;
  if (answer === undefined || answer.statusCode === 200) return socket;
  // The package would replay the proxy's answer as the API server's, whose 403 means something else.
  socket.destroy();
  const said = `${String(answer.statusCode)} ${answer.statusText}`.trimEnd();
  const hint = answer.statusCode === 407 ? "put user and password into the proxy's URL" : proxyHint;
  throw new DbopError("Unreachable", `proxy ${proxy.host} refused the connection: ${said}`, { hint });
}

const proxyHint =
  "it comes from proxy-url of the kubeconfig or from HTTPS_PROXY; NO_PROXY names servers to reach directly";

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === "" && proxy.password === "") return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "Proxy-Authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

function trustOf({ ca, rejectUnauthorized }: ProxyTrust): object {
  return ca === undefined ? { rejectUnauthorized } : { rejectUnauthorized, ca: [...rootCertificates, ca].flat() };
}
