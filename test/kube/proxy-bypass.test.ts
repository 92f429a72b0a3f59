import { describe, expect, it } from "vitest";
import { bypassesProxy } from "../../src/kube/proxy-bypass.ts";

/** As Go's httpproxy package decides (its tests `UseProxyTests` are among these). */
const rows: readonly (readonly [server: string, noProxy: string, direct: boolean])[] = [
  ["https://api.example", "", false],
  ["https://api.example", "*", true],
  ["https://api.example", "other, *", true],
  ["https://localhost", "", true],
  ["https://127.0.0.1", "", true],
  ["https://127.0.0.2:6443", "", true],
  ["https://[::1]", "", true],
  ["https://[::2]", "", false],
  ["https://localhost.example", "localhost", false],
  ["https://api.example", "api.example", true],
  ["https://api.example", "API.Example", true],
  ["https://api.example", "example", true],
  ["https://api.example", ".example", true],
  ["https://example", ".example", false],
  ["https://example", "example", true],
  ["https://api.example", "*.example", true],
  ["https://example", "*.example", false],
  ["https://notexample", "example", false],
  ["https://api.example.org", "example", false],
  ["https://api.example", " , api.example ,", true],
  ["https://api.example", "api.example:443", true],
  ["https://api.example", "api.example:6443", false],
  ["https://api.example:6443", "api.example:6443", true],
  ["https://api.example:6443", ".example:6443", true],
  ["http://api.example", "api.example:80", true],
  ["https://api.example", ":443", false],
  ["https://10.1.2.3", "10.0.0.0/8", true],
  ["https://11.1.2.3", "10.0.0.0/8", false],
  ["https://10.1.2.3", "10.1.2.3", true],
  ["https://10.1.2.3:6443", "10.1.2.3:6443", true],
  ["https://10.1.2.3:6443", "10.1.2.3:443", false],
  ["https://10.1.2.3", "2.3", false],
  ["https://10.1.2.3", "10.0.0.0/33", false],
  ["https://10.1.2.3", "0.0.0.0/0", true],
  ["https://[fd00::1]", "fd00::/8", true],
  ["https://[fd00::1]", "fd00::1", true],
  ["https://[fd00::1]:6443", "[fd00::1]:6443", true],
  ["https://[fd00::1]:6443", "[fd00::1]", true],
  ["https://[fe80::1]", "fd00::/8", false],
  ["https://api.example", "10.0.0.0/8", false],
];

describe("bypassesProxy", () => {
  it.each(rows)("%s with NO_PROXY=%s: %s", (server, noProxy, direct) => {
    expect(bypassesProxy(new URL(server), noProxy)).toBe(direct);
  });
});
