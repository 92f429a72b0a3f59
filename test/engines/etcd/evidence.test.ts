import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classifyTermination, type Termination } from "../../../src/engines/etcd/evidence.ts";

// Each is what a kubelet would keep (2048 bytes, 80 lines) of the log that this etcd wrote when the thing was done to it.
const versions = ["3.5.35", "3.6.16", "3.7.3"];

const expected: Readonly<Record<string, Termination>> = {
  "empty-data-dir": "empty-data-dir",
  "empty-data-dir-again": "empty-data-dir",
  "empty-data-dir-console-format": "empty-data-dir",
  "empty-data-dir-level-error": "empty-data-dir",
  "log-gone": "empty-data-dir",
  // Why only a sealed configuration makes it a proof.
  "joining-but-nobody-reachable": "empty-data-dir",
  "removed-line": "removed-member",
  // The line is too far from the end: the membership has to be asked.
  "removed-while-running": "other",
  "removed-and-restarted": "other",
  "removed-while-down": "other",
  "never-added": "other",
  "database-first-pages": "corrupt",
  "database-every-fourth-page": "corrupt",
  "database-truncated": "corrupt",
  "database-gone-after-snapshot": "corrupt",
  "log-middle": "corrupt",
  "log-one-byte": "corrupt",
  "log-first-page": "corrupt",
  "differs-from-the-others": "corrupt",
  "setting-of-wrong-type": "config-rejected",
  "duration-as-text": "config-rejected",
  "setting-out-of-range": "config-rejected",
  "setting-found-late": "config-rejected",
  "unknown-cipher": "config-rejected",
  "origin-without-port": "config-rejected",
  "not-yaml": "config-rejected",
  "certificate-files-missing": "config-rejected",
  "key-of-another-certificate": "config-rejected",
  "newer-data": "newer-data",
  "newer-cluster": "newer-data",
};

describe.each(versions)("classifyTermination of etcd %s", (version) => {
  const file = new URL(`fixtures/${version}/terminations.json`, import.meta.url);
  const messages = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>);

  it.each(messages)("knows %s", (name, message) => {
    expect(classifyTermination(message)).toBe(expected[name]);
  });

  it("still knows it when the kubelet keeps less", () => {
    const short = messages.find(([name]) => name === "empty-data-dir")?.[1].slice(-700) ?? "";
    expect(classifyTermination(short)).toBe("empty-data-dir");
  });
});

describe("classifyTermination", () => {
  it.each([
    "",
    "Killed",
    '{"level":"fatal","msg":"listener failed","error":"listen tcp 0.0.0.0:2379: bind: address already in use"}',
  ])("claims nothing of %j", (message) => {
    expect(classifyTermination(message)).toBe("other");
  });

  it("takes a signal during start-up for no removal", () => {
    expect(classifyTermination('{"level":"fatal","msg":"listener failed","error":"server is stopping"}')).toBe("other");
  });

  it("takes a full disk for no corruption", () => {
    const message =
      '{"level":"panic","msg":"failed to open database","path":"/var/lib/etcd/db","error":"no space left on device"}';
    expect(classifyTermination(message)).toBe("other");
  });
});
