/**
 * The Role of a verb is as small as it can be: without any one of its rights the verb ends with 7, names it and changes nothing. A verb
 * that gets a Role gets a line here, or this does not compile.
 */
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { verbs } from "../../src/cli/verbs.ts";
import type { Verb } from "../../src/engines/engine.ts";
import { listField } from "../../src/kube/fields.ts";
import { types, type KubeObject } from "../../src/kube/objects.ts";
import { describeRight } from "../../src/reconcile/access.ts";
import { runCli, type CliRun } from "../support/cli.ts";
import { neededBy } from "../support/engine-rights.ts";
import { aPlace, demo, installing, reconciling, run, type Place } from "../support/etcd-model/whole-runs.ts";
import type { FakeClient } from "../support/fake-kube/fake-client.ts";
import { fieldsOf } from "../support/fake-kube/json.ts";
import type { RbacRule } from "../support/fake-kube/rbac.ts";

interface Scene {
  /** Whose database it is; etcd's unless said. */
  readonly engine?: "valkey";
  readonly prepare: (place: Place) => Promise<unknown>;
  /** Between them they use every right of the Role. */
  readonly commands: readonly string[];
}

const installed = (place: Place): Promise<unknown> => run(place, place.fake.as("earlier"), installing(3));

const installation = "install demo --engine etcd --version 3.6.16 --replicas 3 --storage 1Gi --tls disabled";

const scenes: Readonly<Record<Verb, Scene>> = {
  install: { prepare: () => Promise.resolve(), commands: [installation] },
  scale: { prepare: installed, commands: ["scale demo --replicas 5"] },
  reconcile: {
    prepare: async (place) => {
      await installed(place);
      place.model.loseDisk(1);
    },
    commands: ["reconcile demo --yes"],
  },
  upgrade: { prepare: installed, commands: ["upgrade demo --version 3.7.3 --without-recent-backup --yes"] },
  reshard: { engine: "valkey", prepare: ({ fake }) => fake.apply(sharded), commands: ["reshard demo --shards 4"] },
  rotate: {
    prepare: (place) => run(place, place.fake.as("earlier"), installing(1, { tls: "managed" })),
    commands: ["rotate demo --ca --yes"],
  },
  schedule: {
    prepare: async (place) => {
      await installed(place);
      await place.fake.create(store);
      edit(place, { backup: errands.backup });
    },
    commands: ["schedule demo --every 5m"],
  },
  backup: {
    prepare: async (place) => {
      await installed(place);
      await place.fake.create(store);
      await place.fake.create(shelf);
    },
    commands: ["backup demo --to store"],
  },
  restore: {
    prepare: async ({ fake }) => {
      await fake.create(store);
    },
    commands: ["restore demo --from-location store --path shop/demo/noon"],
  },
  "restore-in-place": {
    prepare: async (place) => {
      await installed(place);
      await place.fake.create(store);
      await place.fake.create(shelf);
    },
    commands: ["restore demo --in-place --from-location store --path shop/demo/noon --confirm demo"],
  },
  status: {
    // What does not bear our labels is looked for by its name.
    prepare: async (place) => {
      await installed(place);
      for (const [type, name] of [
        [types.claim, "data-demo-2"],
        [types.service, "demo"],
      ] as const) {
        place.fake.edit({ type, namespace: "shop", name }, (draft) => {
          draft.metadata = { ...draft.metadata, labels: {} };
        });
      }
      place.fake.edit(demo, (draft) => {
        draft["spec"] = { ...fieldsOf(draft["spec"]), tls: { mode: "managed" } };
      });
    },
    commands: ["status demo", "status"],
  },
  delete: { prepare: installed, commands: ["delete demo --delete-data --confirm demo"] },
};

/** Of an engine that has shards: none of these runs comes as far as its nodes. */
const sharded: KubeObject = {
  apiVersion: "dbop.dev/v1alpha1",
  kind: "DatabaseCluster",
  metadata: { name: "demo", namespace: "shop" },
  spec: {
    engine: "valkey",
    version: "9.1.0",
    replicas: 2,
    shards: 3,
    storage: { size: "1Gi" },
    tls: { mode: "disabled" },
  },
};

const store: KubeObject = {
  apiVersion: "dbop.dev/v1alpha1",
  kind: "BackupLocation",
  metadata: { name: "store", namespace: "shop" },
  spec: { pvc: { claimName: "shelf" } },
};

const shelf: KubeObject = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "shelf", namespace: "shop" },
  spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } } },
};

function cli(command: string, kube: FakeClient): Promise<CliRun> {
  return runCli(`${command} -n shop`, {
    verbs,
    connect: () => Promise.resolve({ kube, contextName: "test", namespace: "shop", warnings: () => 0 }),
  });
}

/** One rule for each right that `--print-rbac` prints, of the verb's own Role or with that for what is scheduled. */
async function roleOf(command: string, scheduled = false): Promise<readonly RbacRule[]> {
  const { code, stdout, stderr } = await runCli(`${command} -n shop --print-rbac`, { verbs });
  expect(code, stderr).toBe(0);
  const texts = (rule: unknown, name: string): readonly string[] => listField(rule, name).map(String);
  const printed = parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
  const rights = printed.slice(0, scheduled ? 2 : 1).flatMap((role) =>
    listField(role, "rules").flatMap((rule) =>
      texts(rule, "resources").flatMap((resource) =>
        texts(rule, "verbs").map((verb) => ({
          apiGroups: texts(rule, "apiGroups"),
          resources: [resource],
          verbs: [verb],
          namespace: "shop",
        })),
      ),
    ),
  );
  return [...new Map(rights.map((right) => [nameOf(right), right])).values()];
}

function nameOf({ apiGroups: [apiGroup = ""], resources: [resource = ""], verbs: [verb = ""] }: RbacRule): string {
  return describeRight({ apiGroup, resource, verb });
}

/** Everything in the store, as it is. */
function storeOf({ fake }: Place): string {
  return JSON.stringify(
    Object.values(types).map((type) => (type.kind.startsWith("SelfSubject") ? [] : fake.all(type))),
  );
}

/** In the list of those that are missing, or in the API server's words where only one is asked for. */
function names(end: string, right: RbacRule): boolean {
  const { apiGroups, resources, verbs: asked } = right;
  const words = `cannot ${asked.join()} resource "${resources.join()}" in API group "${apiGroups.join()}"`;
  return end.includes(`  * ${nameOf(right)}\n`) || end.includes(words);
}

it("gives status every right it makes use of, and no other", async () => {
  const { prepare, commands } = scenes.status;
  const place = aPlace();
  await prepare(place);
  const used: string[] = [];
  for (const command of commands) {
    const kube = place.fake.as("frugal");
    const { code } = await cli(command, kube);
    expect(code).toBe(0);
    used.push(...kube.used.map(({ group: apiGroup, resource, verb }) => describeRight({ apiGroup, resource, verb })));
  }
  expect([...new Set(used)].toSorted()).toEqual((await roleOf("status demo")).map(nameOf).toSorted());
});

/** With errands to schedule, or to take away, the verbs that look after them need a second Role, and all of it. */
const scheduledScenes: Readonly<Record<string, Scene>> = {
  "scale of what is looked after by night": {
    prepare: async (place) => {
      await installed(place);
      edit(place, errands);
    },
    commands: ["scale demo --replicas 5"],
  },
  "reconcile of what is no longer looked after by night": {
    prepare: async (place) => {
      await installed(place);
      edit(place, errands);
      await run(place, place.fake.as("earlier"), reconciling());
      edit(place, { backup: undefined, reconcile: undefined });
      place.model.loseDisk(1);
    },
    commands: ["reconcile demo --yes"],
  },
};

const errands = {
  backup: { schedule: "@daily", locationName: "store", image: "dbop:1" },
  reconcile: { schedule: "@hourly", image: "dbop:1" },
};

/** As somebody would who owns the spec: what is undefined is taken out. */
function edit(place: Place, change: Readonly<Record<string, unknown>>): void {
  place.fake.edit(demo, (draft) => {
    const spec = Object.entries({ ...fieldsOf(draft["spec"]), ...change }).filter(([, value]) => value !== undefined);
    draft["spec"] = Object.fromEntries(spec);
  });
}

describe("a Role", () => {
  it.each([
    ...Object.entries(scenes).map(([name, scene]) => ({ name, scene, scheduled: false })),
    ...Object.entries(scheduledScenes).map(([name, scene]) => ({ name, scene, scheduled: true })),
  ])(
    "of $name holds no right without which the verb ends otherwise than with 7",
    { timeout: 60_000 },
    async ({ name, scene, scheduled }) => {
      const [first = ""] = scene.commands;
      const rights = await roleOf(first, scheduled);
      expect(rights.length).toBeGreaterThan(0);
      const place = aPlace();
      await scene.prepare(place);
      const before = storeOf(place);
      const needed = neededBy(scene.engine ?? "etcd", name.split(" ")[0] ?? "");
      for (const missing of rights.filter((right) => needed.has(nameOf(right)))) {
        const others = rights.filter((right) => right !== missing);
        const ended: string[] = [];
        for (const command of scene.commands) {
          const { code, stderr } = await cli(command, place.fake.as("starved", others));
          // As strings they would be compared letter by letter, which takes a minute.
          expect(storeOf(place) === before, `unchanged by ${command} without ${nameOf(missing)}`).toBe(true);
          ended.push(`${String(code)} ${stderr}`);
        }
        expect(
          ended.filter((end) => end.startsWith("7 ") && names(end, missing)),
          `${nameOf(missing)}: ${ended.join()}`,
        ).not.toEqual([]);
      }
    },
  );
});
