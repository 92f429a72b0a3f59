import { describe, expect, it } from "vitest";
import { checkConfig } from "../../../src/engines/valkey/config/validate.ts";
import {
  compareServers,
  movesSlotsAtomically,
  officialImage,
  readServer,
  serverOf,
  serverText,
  whyUnreadable,
  type Server,
} from "../../../src/engines/valkey/server.ts";

const valkey = (version: string): Server => ({ flavour: "valkey", version });
const redis = (version: string): Server => ({ flavour: "redis", version });

describe("serverOf", () => {
  it.each<[version: string, image: string | undefined, server: Server]>([
    ["9.1.2", undefined, valkey("9.1.2")],
    ["8.0.2", undefined, valkey("8.0.2")],
    ["7.0.15", undefined, redis("7.0.15")],
    ["8.0.2", "docker.io/library/redis:8.0.2", redis("8.0.2")],
    ["8.0.2", "redis", redis("8.0.2")],
    ["8.0.2", "registry.test:5000/redis@sha256:abc", redis("8.0.2")],
    ["8.0.2", "registry.test:5000/shop/my-redis-8:tag@sha256:abc", redis("8.0.2")],
    ["8.0.2", "registry.test/redis-team/cache:8", valkey("8.0.2")],
    ["8.0.2", "registry.test/cache:redis", valkey("8.0.2")],
    ["7.2.4", "registry.test/cache:1", redis("7.2.4")],
    ["7.2.4", "docker.io/valkey/valkey:7.2.4", valkey("7.2.4")],
  ])("takes %s with image %s for %j", (version, image, server) => {
    expect(serverOf(version, image)).toEqual(server);
  });

  it("takes an official image for what it was made from", () => {
    for (const server of [valkey("8.1.1"), redis("7.0.15"), redis("8.0.2")])
      expect(serverOf(server.version, officialImage(server))).toEqual(server);
  });
});

describe("whyUnreadable", () => {
  it.each<[from: Server, to: Server, why: RegExp | undefined]>([
    [redis("7.0.15"), redis("7.2.4"), undefined],
    [redis("7.0.15"), redis("8.0.2"), undefined],
    [redis("7.2.4"), redis("7.0.15"), /never goes back/u],
    [redis("7.0.15"), valkey("8.1.1"), undefined],
    [redis("7.2.11"), valkey("9.1.2"), undefined],
    [redis("7.4.0"), valkey("9.1.2"), /from Redis 7\.4 on/u],
    [redis("8.0.2"), valkey("8.1.1"), /from Redis 7\.4 on/u],
    [valkey("8.0.6"), valkey("9.1.2"), undefined],
    [valkey("9.1.2"), valkey("9.1.1"), /never goes back/u],
    [valkey("8.0.6"), redis("8.4.0"), /no way from Valkey back to Redis/u],
    [valkey("8.1.1"), valkey("8.1.1"), undefined],
  ])("from %j to %j says %s", (from, to, why) => {
    if (why === undefined) expect(whyUnreadable(from, to)).toBeUndefined();
    else expect(whyUnreadable(from, to)).toMatch(why);
  });
});

describe("a server", () => {
  it("is recorded and read back", () => {
    for (const server of [valkey("8.1.1"), redis("7.0.15")]) expect(readServer(serverText(server))).toEqual(server);
    for (const text of [undefined, "", "3.6.16", "redis-7", "keydb-6.3.4"]) expect(readServer(text)).toBeUndefined();
  });

  it("is sorted by who reads whom first", () => {
    const sorted = [redis("7.0.15"), redis("8.0.2"), valkey("8.0.2"), valkey("8.0.10")];
    expect(sorted.toReversed().toSorted(compareServers)).toEqual(sorted);
  });

  it("moves slots at once as Valkey from 9.0 on", () => {
    expect([valkey("9.0.0"), valkey("8.1.9"), redis("8.4.0")].map(movesSlotsAtomically)).toEqual([true, false, false]);
  });

  it("takes the parameters that all its versions know", () => {
    const names = (flavour: "valkey" | "redis"): readonly string[] =>
      checkConfig({ "commandlog-slow-execution-max-len": "1", "maxmemory-policy": "noeviction" }, { flavour }).map(
        ({ message }) => message,
      );
    expect(names("valkey")).toEqual([]);
    expect(names("redis")).toEqual(["is not a parameter of Redis 7 or 8 that can be set here"]);
  });
});
