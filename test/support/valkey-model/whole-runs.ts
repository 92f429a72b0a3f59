/** Whole commands in memory: a FakeKube, Valkey's nodes inside of it, and runs that can be killed at any await. */
import { expect } from "vitest";
import crds from "../../../src/api/crds/crds.json" with { type: "json" };
import { placeOf } from "../../../src/engines/valkey/names.ts";
import { countSlots } from "../../../src/engines/valkey/slots.ts";
import { field, listField, textField } from "../../../src/kube/fields.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { editIntent } from "../../../src/reconcile/edit.ts";
import type { PassRequest } from "../../../src/reconcile/request.ts";
import { points } from "../depth.ts";
import { common, demo, run } from "../etcd-model/whole-runs.ts";
import { databaseClusterRules } from "../fake-kube/database-cluster-rules.ts";
import { FakeKube } from "../fake-kube/fake-kube.ts";
import { KilledError } from "../fake-kube/killed-error.ts";
import { FakeValkey } from "./fake-valkey.ts";
import { heldSlots } from "./invariants.ts";

interface Place {
  readonly fake: FakeKube;
  readonly model: FakeValkey;
}

export interface Story {
  readonly prepare: (place: Place) => Promise<void>;
  readonly request: PassRequest;
}

const [older, newer] = ["8.1.1", "9.1.2"];

function installing(shards: number, { version = newer, replicas = 2 } = {}): PassRequest {
  const { namespace, name } = demo;
  const intent: KubeObject = {
    apiVersion: "dbop.dev/v1alpha1",
    kind: "DatabaseCluster",
    metadata: { namespace, name },
    spec: { engine: "valkey", version, shards, replicas, storage: { size: "1Gi" }, tls: { mode: "disabled" } },
  };
  return { ...common, verb: "install", request: `--shards ${String(shards)}`, edit: () => intent };
}

function asking(verb: PassRequest["verb"], spec: Readonly<Record<string, unknown>>): PassRequest {
  const edit = (current: KubeObject | undefined): KubeObject | undefined =>
    current && editIntent(current, "kubectl-dbop", spec);
  const consents = new Set(["without-recent-backup"] as const);
  return { ...common, verb, request: JSON.stringify(spec), edit, consents };
}

const installed =
  (shards: number, wish: Parameters<typeof installing>[1] = {}, after: (place: Place) => void = () => undefined) =>
  async (place: Place): Promise<void> => {
    await run(place, place.fake.as("earlier"), installing(shards, wish));
    after(place);
  };

type StoryName = "install" | "scale" | "reshard up" | "reshard down" | "reshard by keys" | "repair" | "upgrade";

export const stories: Readonly<Record<StoryName, Story>> = {
  install: { prepare: () => Promise.resolve(), request: installing(3) },
  scale: { prepare: installed(3, { replicas: 1 }), request: asking("scale", { replicas: 2 }) },
  "reshard up": { prepare: installed(3, { replicas: 1 }), request: asking("reshard", { shards: 4 }) },
  "reshard down": { prepare: installed(4, { replicas: 1 }), request: asking("reshard", { shards: 3 }) },
  // Of the movers one ends half-way, whoever asked for it.
  "reshard by keys": {
    prepare: installed(3, { replicas: 1, version: older }, ({ model }) => (model.interruptions = 1)),
    request: asking("reshard", { shards: 4 }),
  },
  repair: {
    prepare: installed(3, {}, ({ model }) => {
      model.loseDisk({ shard: 0, ordinal: 0 });
      model.loseDisk({ shard: 1, ordinal: 1 });
    }),
    request: { ...common, verb: "reconcile", request: "", edit: () => undefined },
  },
  upgrade: { prepare: installed(3, { version: older }), request: asking("upgrade", { version: newer }) },
};

async function prepared({ prepare }: Story): Promise<Place> {
  const fake = new FakeKube({ crds, namespaces: ["shop"], schemas: { DatabaseCluster: databaseClusterRules } });
  const place = { fake, model: new FakeValkey(fake, "demo") };
  await prepare(place);
  return place;
}

/** Without the names, times and bounds of slots that differ from run to run. */
function stateOf({ fake, model }: Place): Readonly<Record<string, unknown>> {
  const object = fake.peek(demo);
  const status = object?.["status"];
  const claims = fake.all(types.claim, "shop");
  const running = model.cluster.running();
  const primaries = running.filter(({ node }) => node.role === "primary");
  return {
    nodes: running.map(({ node }) => node.place).toSorted((a, b) => a.shard - b.shard || a.ordinal - b.ordinal),
    primaries: primaries.map(({ pod }) => pod.place.shard).toSorted(),
    slots: primaries.map(({ node }) => countSlots(node.slots)).toSorted((a, b) => a - b),
    linked: running.filter(({ node }) => node.linked).length,
    open: running.filter(({ node }) => node.open.length > 0).length,
    known: [...new Set(running.map(({ node }) => node.known.size))],
    held: countSlots(heldSlots(model.cluster)),
    claims: claims.map(({ metadata }) => metadata.name).toSorted(),
    recorded: claims.every(({ metadata }) => isRecorded(model, metadata)),
    images: [
      ...new Set(fake.all(types.pod, "shop").map((pod) => textField(listField(pod["spec"], "containers")[0], "image"))),
    ],
    wished: [field(object?.["spec"], "shards"), field(object?.["spec"], "replicas")],
    operation: field(status, "operation"),
    history: listField(status, "history").map((entry) => `${textField(entry, "verb")} ${textField(entry, "result")}`),
    conditions: listField(status, "conditions").map((one) => `${textField(one, "type")}=${textField(one, "status")}`),
    violations: model.violations,
  };
}

/** Its claim names the node that runs there. */
function isRecorded({ cluster }: FakeValkey, { name, annotations }: KubeObject["metadata"]): boolean {
  const place = placeOf(demo, name.slice("data-".length));
  return place !== undefined && annotations?.["dbop.dev/node-id"] === cluster.nodeAt(place)?.id;
}

/** There are five thousand awaits in these stories together, and all of them would take longer than everything else: of each story so many at most. */
const most = { whole: 40, sampled: 8 };

/** Each time from the beginning: a run that is left alone, and then one after the other that is killed, and another that finishes. */
export async function killEverywhere(story: Story): Promise<{ awaits: number; killed: number }> {
  const alone = await prepared(story);
  let awaits = 0;
  alone.fake.onAwait(({ call }) => {
    if (call.client === "first") awaits += 1;
  });
  expect((await run(alone, alone.fake.as("first"), story.request)).outcome).toBe("Converged");
  const whole = stateOf(alone);
  expect(whole).toMatchObject({ held: 16_384, open: 0, recorded: true, operation: undefined, violations: [] });
  const struck = points(awaits, most.whole, most.sampled);
  for (const point of struck) {
    const place = await prepared(story);
    const where = await killAt(place, story, point);
    expect((await run(place, place.fake.as("second"), story.request)).outcome, where).toBe("Converged");
    expect(stateOf(place), where).toEqual(whole);
  }
  return { awaits, killed: struck.length };
}

/** Says what it was about to do, or had just done. */
async function killAt({ fake }: Place, { request }: Story, point: number): Promise<string> {
  let passed = 0;
  let where = "";
  fake.onAwait(({ call, phase }) => {
    if (call.client !== "first" || (passed += 1) !== point) return;
    where = `killed at await ${String(point)}, ${phase} ${call.verb} ${call.kind ?? ""} ${call.name}`;
    throw new KilledError(where);
  });
  const client = fake.as("first");
  await run({ fake }, client, request).catch((error: unknown) => {
    if (!(error instanceof KilledError)) throw error;
  });
  expect(client.killed).toBe(true);
  fake.onAwait(undefined);
  return where;
}
