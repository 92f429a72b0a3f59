/** NO_PROXY, read as Go reads it (`golang.org/x/net/http/httpproxy`), since that is what kubectl does. Pure. */
import { BlockList, isIP } from "node:net";

/**
 * Whether `target` is to be reached directly: it is loopback, or `noProxy` (comma-separated) names it by host, domain suffix (`x` and `.x`),
 * address, address range, any of these with `:port`, or `*`.
 */
export function bypassesProxy(target: URL, noProxy: string): boolean {
  const host = target.hostname.replace(/^\[|\]$/g, "");
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  if (host === "localhost" || isLoopback(host)) return true;
  return noProxy.split(",").some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && (inRange(host, "127.0.0.0", 8) || inRange(host, "::1", 128));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const range = rangeOf(entry);
  if (range !== undefined) return inRange(host, range.network, range.bits);
  const [name, onPort] = splitPort(entry);
  if (name === "" || (onPort !== undefined && onPort !== port)) return false;
  if (isIP(name) !== 0) return inRange(host, name, widthOf(name));
  return isIP(host) === 0 && matchesDomain(name, host);
}

/** `10.0.0.0/8` or `fd00::/8`; undefined for anything else. */
function rangeOf(entry: string): { readonly network: string; readonly bits: number } | undefined {
  const [, network = "", digits = ""] = /^([^/]*)\/(\d{1,3})$/.exec(entry) ?? [];
  const bits = Number(digits);
  return isIP(network) !== 0 && bits <= widthOf(network) ? { network, bits } : undefined;
}

function widthOf(address: string): number {
  return isIP(address) === 4 ? 32 : 128;
}

/** `x` means x and everything below it; `.x` and `*.x` only what is below. */
function matchesDomain(name: string, host: string): boolean {
  const suffix = name.startsWith("*.") ? name.slice(1) : name;
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function splitPort(entry: string): readonly [name: string, port: string | undefined] {
  const [, bracketed, bracketedPort] = /^\[(.*)\](?::(.*))?$/.exec(entry) ?? [];
  if (bracketed !== undefined) return [bracketed, bracketedPort || undefined];
  const parts = entry.split(":");
  return parts.length === 2 ? [parts[0] ?? "", parts[1] || undefined] : [entry, undefined];
}

function inRange(host: string, network: string, bits: number): boolean {
  const version = isIP(host);
  if (version === 0) return false;
  const range = new BlockList();
  range.addSubnet(network, bits, isIP(network) === 4 ? "ipv4" : "ipv6");
  return range.check(host, version === 4 ? "ipv4" : "ipv6");
}
