/** Redis on the engine of Valkey, its way to Valkey, and the certificates of either, on the real cluster. */
import { describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import { keptSecret } from "../../src/resources/secret.ts";
import { createAuthority, issueCertificate, type Pair } from "../../src/resources/tls/issue.ts";
import { imageNames } from "../cluster/versions.ts";
import { admin } from "../support/real/cluster.ts";
import { dbopEnds, verb, type Target } from "../support/real/dbop.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { installValkey, startClient } from "../support/real/valkey.ts";
import { startTraffic, stretchText } from "../support/real/valkey-traffic.ts";
import { redisVersions, valkeyVersions } from "../support/real/valkey-images.ts";

const [older, newer] = await valkeyVersions();
const [readable, unreadable] = await redisVersions();
const someData = new Map(Array.from({ length: 200 }, (_, n) => [`data/${String(n)}`, `value-${String(n)}`] as const));

async function status(target: Target): Promise<string> {
  return (await dbopEnds(0, verb("status", target))).stdout;
}

/** What the claims of a database say of the server that has written to them. */
async function records({ namespace, name }: Target): Promise<readonly string[]> {
  const { kube } = await admin();
  const labelSelector = `app.kubernetes.io/instance=${name}`;
  const { items } = await kube.list(types.claim, { namespace, labelSelector });
  return [...new Set(items.map(({ metadata }) => metadata.annotations?.["dbop.dev/version"] ?? "none"))];
}

describe.concurrent("Redis", () => {
  it(`${readable} is resharded, becomes Valkey ${older} under a writer, and loses nothing`, async () => {
    await inNamespace("vkredis", async (namespace) => {
      const target = { namespace, name: "demo" };
      await installValkey(target, { version: readable });
      expect(await status(target)).toContain(`Redis ${readable}`);
      expect(await records(target)).toEqual([`redis-${readable}`]);
      const client = await startClient(target, older);
      await client.set(someData);
      const traffic = await startTraffic(target);
      await traffic.fill(2000);
      await traffic.start();
      await dbopEnds(0, verb("reshard", target, "--shards", "4"));
      await dbopEnds(0, verb("reshard", target, "--shards", "3", "--confirm", "demo"));
      console.log(`Redis ${readable}, 3 to 4 to 3 shards: ${stretchText(await traffic.stretch())}`);
      await dbopEnds(0, verb("upgrade", target, "--version", older, "--yes", "--without-recent-backup"));
      console.log(`Redis ${readable} to Valkey ${older}: ${stretchText(await traffic.stretch())}`);
      expect(await traffic.wrong()).toEqual([]);
      expect(await client.values([...someData.keys()])).toEqual([...someData.values()]);
      expect(await status(target)).toContain(`Valkey ${older}`);
      expect(await records(target)).toEqual([`valkey-${older}`]);
      expect((await dbopEnds(0, verb("reconcile", target))).stdout).toContain("unchanged");
      const back = await dbopEnds(
        8,
        verb("upgrade", target, "--version", readable, "--yes", "--without-recent-backup"),
      );
      expect(back.stderr).toContain("no way from Valkey back to Redis");
    });
  });

  it(`${unreadable} never becomes Valkey, and an image that holds another server is not taken for done`, async () => {
    await inNamespace("vkrefused", async (namespace) => {
      const target = { namespace, name: "demo" };
      const flags = ["--image", imageNames.redis(unreadable), "--tls", "disabled"];
      await installValkey(target, { version: unreadable, shards: 1, replicas: 1, flags });
      expect(await status(target)).toContain(`Redis ${unreadable}`);
      const upgrade = ["--version", newer, "--image", imageNames.valkey(newer), "--yes", "--without-recent-backup"];
      const refused = await dbopEnds(8, verb("upgrade", target, ...upgrade));
      expect(refused.stderr).toContain("from Redis 7.4 on its RDB files");
      expect((await dbopEnds(0, verb("reconcile", target))).stdout).toContain("unchanged");

      const other = { namespace, name: "other" };
      const wrong = ["--version", "8.1.99", "--image", imageNames.valkey(older), "--tls", "disabled", "--shards", "1"];
      const size = ["--engine", "valkey", "--storage", "256Mi", "--cpu", "20m", "--replicas", "1"];
      const blocked = await dbopEnds(8, verb("install", other, ...size, ...wrong));
      expect(blocked.stderr).toContain("image-as-asked");
    });
  });
});

describe.concurrent("the certificates of Valkey", () => {
  it("are the user's own, checked before they are relied on, and taken up when they change", async () => {
    await inNamespace("vkowntls", async (namespace) => {
      const target = { namespace, name: "demo" };
      const authority = await createAuthority("the shop", new Date(), 365);
      const flags = ["--tls", "secret", "--tls-server-secret", "server"];
      flags.push("--tls-peer-secret", "caller", "--tls-client-secret", "caller");
      await put(namespace, "caller", authority, []);
      await put(namespace, "server", authority, ["elsewhere.test"]);
      const small = ["--storage", "256Mi", "--cpu", "20m", "--shards", "1", "--replicas", "2"];
      const install = verb("install", target, "--engine", "valkey", "--version", newer, ...small, ...flags);
      expect((await dbopEnds(8, install)).stderr).toContain("without the DNS names demo.");
      await put(namespace, "server", authority, [`demo.${namespace}.svc`, `*.demo-nodes.${namespace}.svc`]);
      await dbopEnds(0, verb("reconcile", target));
      const client = await startClient(target, newer, { ca: "server" });
      await client.set(someData);
      await put(namespace, "server", authority, [`demo.${namespace}.svc`, `*.demo-nodes.${namespace}.svc`]);
      const { stderr } = await dbopEnds(0, verb("reconcile", target, "--yes"));
      expect(stderr).toContain("Restart demo-shard-0-0");
      expect(await client.values([...someData.keys()])).toEqual([...someData.values()]);
      expect((await dbopEnds(8, verb("rotate", target, "--ca", "--yes"))).stderr).toContain("certificates-managed");
    });
  });

  it("come from another authority after rotate --ca, and every acknowledged write is there", async () => {
    await inNamespace("vkauthority", async (namespace) => {
      const target = { namespace, name: "demo" };
      await installValkey(target, { version: newer });
      const before = await authority(target);
      const traffic = await startTraffic(target);
      await traffic.start();
      await dbopEnds(0, verb("rotate", target, "--ca", "--yes"));
      const after = await authority(target);
      expect(after).not.toBe(before);
      expect(after.match(/BEGIN CERTIFICATE/gu)).toHaveLength(1);
      console.log(`rotate --ca: ${stretchText(await traffic.stretch())}`);
      expect(await traffic.wrong()).toEqual([]);
      expect((await dbopEnds(0, verb("reconcile", target))).stdout).toContain("unchanged");
    });
  });
});

async function put(namespace: string, name: string, authority: Pair, dnsNames: readonly string[]): Promise<void> {
  const common = { authority, commonName: name, ipAddresses: [], usages: ["server", "client"] as const };
  const { cert, key } = await issueCertificate({ ...common, dnsNames, now: new Date(), days: 90 });
  const owner = { engine: "user", name, namespace, uid: "" };
  const secret = keptSecret(owner, name, { texts: { "ca.crt": authority.cert, "tls.crt": cert, "tls.key": key } });
  await (await admin()).kube.apply(secret, { force: true });
}

/** What clients are told to trust. */
async function authority({ namespace, name }: Target): Promise<string> {
  const secret = await (await admin()).kube.get({ type: types.secret, namespace, name: `${name}-tls` });
  const data = secret?.["data"] as Readonly<Record<string, string>>;
  return Buffer.from(data["ca.crt"] ?? "", "base64").toString();
}
