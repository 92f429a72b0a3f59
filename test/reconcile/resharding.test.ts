import { describe, expect, it } from "vitest";
import { verbs } from "../../src/cli/verbs.ts";
import { readCluster } from "../../src/api/read-cluster.ts";
import type { OperationRecord } from "../../src/api/database-cluster.ts";
import type { PlanInput, Sharding } from "../../src/engines/engine.ts";
import { etcd } from "../../src/engines/etcd/index.ts";
import type { KubeObject } from "../../src/kube/objects.ts";
import { accessFor, describeRight, rightsOf } from "../../src/reconcile/access.ts";
import { readDatabase, readSpec } from "../../src/reconcile/database.ts";
import { lookAt } from "../../src/reconcile/look.ts";
import { continues, isReshard, refuseToReplace } from "../../src/reconcile/operation.ts";
import { runCli, type CliRun } from "../support/cli.ts";
import { aPlace, demo, installing, reconciling, run, stateOf, type Place } from "../support/etcd-model/whole-runs.ts";

type Asked = Parameters<typeof isReshard>[1];

const anObject = (spec: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: "dbop.dev/v1alpha1",
  kind: "DatabaseCluster",
  metadata: { name: "demo", namespace: "shop" },
  spec: { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "1Gi" }, ...spec },
});

async function installed(): Promise<Place> {
  const place = aPlace();
  await run(place, place.fake.as("earlier"), installing(1));
  return place;
}

describe("spec.shards", () => {
  it.each([
    ["is not there when it was not said", {}, undefined],
    ["is as it was said", { shards: 5 }, 5],
  ])("%s", (_, spec, shards) => {
    const read = readCluster(anObject(spec));
    expect(read.ok && read.value.spec.shards).toBe(shards);
  });

  it.each([0, 100, 2.5, "3", null])("can't be %j", (shards) => {
    const field = "spec.shards";
    expect(readCluster(anObject({ shards }))).toMatchObject({ ok: false, problems: [{ field }] });
  });

  it("is refused by an engine that has none, beside whatever else is wrong", () => {
    const object = anObject({ shards: 3, replicas: 9 });
    const { cluster } = readDatabase(object);
    expect(() => readSpec(etcd, cluster, object)).toThrow(
      expect.objectContaining({
        problems: [
          'spec.shards: "3" must be 1 or be left out: etcd holds one keyspace',
          expect.stringContaining("spec.replicas"),
        ],
      }),
    );
  });

  it.each<[what: string, sharding: Sharding, shards: number]>([
    ["one by an engine that has none", etcd.sharding, 1],
    ["any by one that has shards", { kind: "shards", default: 3 }, 7],
  ])("may be %s", (_, sharding, shards) => {
    const object = anObject({ shards });
    const { cluster } = readDatabase(object);
    expect(readSpec({ ...etcd, sharding }, cluster, object).replicas).toBe(3);
  });
});

describe("reshard of an engine without shards", () => {
  const cli = (place: Place, argv: string): Promise<CliRun> =>
    runCli(`${argv} -n shop`, {
      verbs,
      connect: () =>
        Promise.resolve({ kube: place.fake.as("me"), contextName: "test", namespace: "shop", warnings: () => 0 }),
    });

  it.each(["--shards 3", "--rebalance", "--shards 1 --dry-run=client", "--rebalance --dry-run=server"])(
    "says why with %s, and changes nothing",
    async (flags) => {
      const place = await installed();
      const before = stateOf(place);
      const { code, stderr } = await cli(place, `reshard demo ${flags}`);
      expect(stderr).toContain("not applicable: etcd holds one keyspace");
      expect(code).toBe(8);
      expect(stateOf(place)).toEqual(before);
    },
  );

  it("says first that there is no such database", async () => {
    expect(await cli(await installed(), "reshard nobody --shards 3")).toMatchObject({ code: 1 });
  });
});

function operation(verb: string, request: string): OperationRecord {
  const rest = { planHash: "", step: "", steps: 0, startedAt: "2026-01-01T00:00:00Z", actor: "alice" };
  return { id: "op-1", verb, request, ...rest };
}

const reconcile: Asked = { verb: "reconcile", request: "" };
const rebalance: Asked = { verb: "reshard", request: "--rebalance" };
const toFive: Asked = { verb: "reshard", request: "--shards 5" };

describe("a reshard", () => {
  it.each<[what: string, inFlight: OperationRecord | undefined, asked: Asked, is: boolean]>([
    ["is begun", undefined, rebalance, true],
    ["is gone on with", operation("reshard", "--rebalance"), rebalance, true],
    ["is gone on with by reconcile", operation("reshard", "--rebalance"), reconcile, true],
    ["is begun by another number of shards", undefined, toFive, true],
    ["of another number is gone on with by reconcile", operation("reshard", "--shards 5"), reconcile, true],
    ["is not what a scale is", operation("scale", "--replicas 5"), reconcile, false],
    ["is not what reconcile begins", undefined, reconcile, false],
  ])("%s", (_, inFlight, asked, is) => {
    expect(isReshard(inFlight, asked)).toBe(is);
  });

  it.each<[inFlight: OperationRecord, asked: Asked, refused: boolean]>([
    [operation("scale", "--replicas 5"), rebalance, true],
    [operation("reshard", "--shards 5"), rebalance, true],
    [operation("reshard", "--rebalance"), rebalance, false],
    [operation("reshard", "--rebalance"), { verb: "rotate", request: "--ca" }, true],
    [operation("reshard", "--rebalance"), toFive, false],
    [operation("scale", "--replicas 5"), toFive, false],
  ])("in flight %j, asked %j", (inFlight, asked, refused) => {
    const read = readCluster({ ...anObject({}), status: { operation: inFlight } });
    if (!read.ok) throw new Error("no cluster");
    const attempt = (): void => {
      refuseToReplace(read.value, asked);
    };
    if (refused) expect(attempt).toThrow(expect.objectContaining({ reason: "Refused" }));
    else expect(attempt).not.toThrow();
  });

  it.each<[request: string, asked: Asked, told: Partial<PlanInput<unknown, unknown>>]>([
    ["--rebalance", rebalance, { verb: "reshard", begun: true, rebalance: true }],
    ["--rebalance", reconcile, { verb: "reshard", begun: true, rebalance: true }],
    ["--shards 5", reconcile, { verb: "reshard", begun: true, rebalance: true }],
    ["--rebalance", toFive, { verb: "reshard", begun: false, rebalance: true }],
  ])("tells the engine's plan what is in hand: %s in flight, %j asked", async (request, asked, told) => {
    const { fake } = await installed();
    const object = { ...fake.peek(demo), status: { operation: operation("reshard", request) } };
    const stored = { ...anObject({}), ...object };
    const heard: PlanInput<unknown, unknown>[] = [];
    const listening: typeof etcd = {
      ...etcd,
      plan: (input) => {
        heard.push(input);
        return { outcome: "converged", warnings: [] };
      },
    };
    const deps = {
      kube: fake.as("me"),
      clock: fake.clock,
      signal: new AbortController().signal,
      report: () => undefined,
      host: "laptop",
      newId: () => "1",
    };
    const { cluster } = readDatabase(stored);
    await lookAt(listening, deps, { object: stored, cluster, request: reconciling(asked) });
    const { verb, begun, rebalance: marked } = heard[0] ?? {};
    expect({ verb, begun, rebalance: marked }).toEqual({ rebalance: undefined, ...told });
    expect(continues(operation("reshard", request), asked)).toBe(told.begun);
  });
});

describe("the rights of reshard", () => {
  it("are those of a pass that edits the spec, where an engine has a part in it", () => {
    const part = { apiGroup: "apps", resources: ["statefulsets"], verbs: ["get"] };
    const rights = rightsOf(accessFor("reshard", [part])).map(describeRight);
    expect(rights).toEqual(expect.arrayContaining(rightsOf(accessFor("scale", [part])).map(describeRight)));
    expect(rights).toContain("get statefulsets.apps");
  });

  it("are to read the database, where none has", () => {
    expect(rightsOf(accessFor("reshard", [])).map(describeRight)).toEqual(["get databaseclusters.dbop.dev"]);
  });
});
