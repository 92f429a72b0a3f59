// What the code says of etcd's configuration, certificates and last words, asked of the real programs. They are found through
// DBOP_TEST_ETCD_BIN_3_5, _3_6 and _3_7 (paths of `etcd`, with `etcdctl` beside it); nothing here needs Kubernetes.
import { cp, mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Flag } from "../../src/engines/etcd/config/flag.ts";
import { flags } from "../../src/engines/etcd/config/flags.ts";
import { reservedReason } from "../../src/engines/etcd/config/reserved.ts";
import { checkConfig } from "../../src/engines/etcd/config/validate.ts";
import { classifyTermination } from "../../src/engines/etcd/evidence.ts";
import { supportedMinors, type Minor } from "../../src/engines/etcd/versions.ts";
import { etcdProgram, writeCertificates, type EtcdProgram } from "./etcd-process.ts";

const variable = (minor: Minor): string => `DBOP_TEST_ETCD_BIN_${minor.replace(".", "_")}`;

/** A legal value of each setting, as far from the default as a test can bear. */
function example({ name, type }: Flag): string {
  const chosen: Readonly<Record<string, string>> = {
    "heartbeat-interval": "200",
    "election-timeout": "2000",
    "auto-compaction-retention": "500",
    "tls-min-version": "TLS1.2",
    "feature-gates": "LeaseCheckpoint=true,LeaseCheckpointPersist=true",
    cors: "https://console.example.com:443,http://localhost:8080",
    "host-whitelist": "localhost,127.0.0.1",
    "cipher-suites": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  };
  const given = chosen[name];
  if (given !== undefined) return given;
  switch (type.kind) {
    case "boolean":
      return name.includes("tracing") ? "false" : "true";
    case "integer":
    case "bytes":
      return String(Math.min(Math.max(type.min, 64 * 1024 * 1024), type.max));
    case "duration":
      return "1m30s";
    case "enum":
      return type.values.at(-1) ?? "";
    case "fixed":
      return type.value;
    case "text":
      return name.endsWith("address") ? "localhost:4317" : "demo";
    default:
      throw new Error(`give an example of ${name}`);
  }
}

for (const minor of supportedMinors) {
  const path = process.env[variable(minor)];
  if (path === undefined) {
    describe(`etcd ${minor}`, () => {
      it.skip(`SKIPPED: set ${variable(minor)} to the path of an etcd ${minor}`, () => undefined);
    });
  } else {
    describe(`etcd ${minor}`, { timeout: 180_000 }, () => {
      suite(minor, path);
    });
  }
}

function suite(minor: Minor, path: string): void {
  let folder = "";
  let etcd: EtcdProgram;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "dbop-etcd-"));
    etcd = await etcdProgram(path, folder, minor);
  });
  afterAll(async () => {
    await etcd.stopAll();
    await rm(folder, { recursive: true, force: true });
  });

  it("has the flags that the table says, and no other", async () => {
    const known = [...(await etcd.help()).matchAll(/^ {2}--([a-z0-9-]+)/gmu)].map(([, name]) => name ?? "");
    const surprising = known.filter((name) => {
      const [problem] = checkConfig({ [name]: "?" }, minor);
      // 3.6 takes experimental names still: users are sent to the new ones.
      const renamed = problem !== undefined && /did you mean|it is /u.test(problem.message);
      const settable = flags.some((flag) => flag.name === name && flag.minors.includes(minor));
      return !settable && reservedReason(name) === undefined && !renamed;
    });
    expect(surprising).toEqual([]);
    const onlyInFile = ["experimental-snapshot-catch-up-entries"];
    const ours = flags
      .filter(({ minors, name }) => minors.includes(minor) && !onlyInFile.includes(name))
      .map(({ name }) => name);
    expect(ours.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("starts with every setting set", async () => {
    const config = Object.fromEntries(
      flags.filter(({ minors }) => minors.includes(minor)).map((flag) => [flag.name, example(flag)]),
    );
    expect(checkConfig(config, minor)).toEqual([]);
    const member = await etcd.start({ directory: "every-setting", config });
    expect(await member.healthy()).toBe(true);
    await member.stop();
  });

  it.each(supportedMinors)(
    "starts with a file made for %s, as a member does that restarts amid an upgrade",
    async (other) => {
      const member = await etcd.start({ directory: `file-of-${other}`, minor: other });
      expect(await member.healthy()).toBe(true);
      await member.stop();
    },
  );

  it("serves its probes in plain text, and starts again from a sealed file", async () => {
    const first = await etcd.start({ directory: "plain" });
    expect(await first.healthy()).toBe(true);
    expect(await first.probe("/livez")).toBe(200);
    expect(await first.probe("/readyz")).toBe(200);
    await first.stop();
    const again = await etcd.start({ directory: "plain", state: "existing" });
    expect(await again.healthy()).toBe(true);
    await again.stop();
  });

  it("can't start from a sealed file and an empty directory, not even the second time", async () => {
    for (const attempt of [1, 2]) {
      const member = await etcd.start({ directory: "lost", state: "existing" });
      expect({ attempt, code: await member.exited() }).toEqual({ attempt, code: 1 });
      expect(classifyTermination(await member.lastWords())).toBe("empty-data-dir");
    }
  });

  it("says that its log is corrupt", async () => {
    const member = await etcd.start({ directory: "whole" });
    expect(await member.healthy()).toBe(true);
    await member.stop();
    await cp(join(folder, "whole"), join(folder, "broken"), { recursive: true });
    await overwrite(join(folder, "broken/member/wal"), 300);
    const broken = await etcd.start({ directory: "broken", state: "existing" });
    expect(await broken.exited()).not.toBe(0);
    expect(classifyTermination(await broken.lastWords())).toBe("corrupt");
  });

  it("says that its settings are refused", async () => {
    const member = await etcd.start({
      directory: "refused",
      tls: { server: "/nowhere", peer: "/nowhere", peerClient: false },
    });
    expect(await member.exited()).toBe(1);
    expect(classifyTermination(await member.lastWords())).toBe("config-rejected");
  });

  it("forms a cluster with managed certificates and takes up new ones without a restart", async () => {
    const now = new Date();
    const certificates = await writeCertificates(join(folder, "tls"), now);
    const members = await etcd.startThree("secure", certificates.tls);
    for (const member of members) expect(await member.healthy(certificates.client)).toBe(true);
    expect(await members[0]?.closed()).toBe(true);
    const before = await members[0]?.serialNumber();
    await certificates.renewServer();
    expect(await members[0]?.serialNumber()).not.toBe(before);
    expect(await members[0]?.healthy(certificates.client)).toBe(true);
    for (const member of members) await member.stop();
  });
}

/** Overwrites what follows the first records of the only segment of a write-ahead log. */
async function overwrite(folder: string, position: number): Promise<void> {
  const segment = (await readdir(folder)).find((name) => name.endsWith(".wal")) ?? "";
  const file = await open(join(folder, segment), "r+");
  await file.write(Buffer.alloc(64, 0xcd), 0, 64, position);
  await file.close();
}
