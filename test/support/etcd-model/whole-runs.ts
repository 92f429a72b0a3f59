/** Whole commands in memory: a FakeKube, etcd inside of it, and runs of `runPass` by clients that can be killed. */
import { onTestFinished } from "vitest";
import crds from "../../../src/api/crds/crds.json" with { type: "json" };
import type { Verb } from "../../../src/engines/engine.ts";
import { field, listField, textField } from "../../../src/kube/fields.ts";
import type { KubeClient } from "../../../src/kube/kube-client.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { editIntent } from "../../../src/reconcile/edit.ts";
import { rotationRequests } from "../../../src/reconcile/operation.ts";
import { runPass } from "../../../src/reconcile/pass.ts";
import type { PassEvent } from "../../../src/reconcile/report.ts";
import type { PassRequest, PassResult } from "../../../src/reconcile/request.ts";
import { databaseClusterRules } from "../fake-kube/database-cluster-rules.ts";
import type { FakeClient } from "../fake-kube/fake-client.ts";
import { FakeKube } from "../fake-kube/fake-kube.ts";
import { FakeEtcd } from "./fake-etcd.ts";
import { holdForKeys } from "./hold-for-keys.ts";

const database = { namespace: "shop", name: "demo" };
export const demo = { type: types.databaseCluster, ...database };

export interface Place {
  readonly fake: FakeKube;
  readonly model: FakeEtcd;
}

/** A cluster with the CRD and the namespace, and nothing else. */
export function aPlace(): Place {
  const fake = new FakeKube({ crds, namespaces: ["shop"], schemas: { DatabaseCluster: databaseClusterRules } });
  holdForKeys(fake.clock);
  const place = { fake, model: new FakeEtcd(fake, "demo") };
  onTestFinished(() => {
    leave(place);
  });
  return place;
}

/** Stops its time for good: a pod that keeps crashing would go on for ever, and slow down whatever comes after it. */
export function leave({ fake }: Place): void {
  void fake.clock.hold(new Promise(() => undefined));
}

export interface Told {
  readonly events: PassEvent[];
  readonly stop: AbortController;
}

/** One run of `request` by `client`. */
export function run(
  place: Pick<Place, "fake">,
  client: KubeClient & Pick<FakeClient, "user">,
  request: PassRequest,
  told: Told = { events: [], stop: new AbortController() },
): Promise<PassResult> {
  let ids = 0;
  const deps = {
    kube: client,
    clock: place.fake.clock,
    signal: told.stop.signal,
    report: (event: PassEvent) => {
      told.events.push(event);
    },
    host: "laptop",
    newId: () => `${client.user}-${String((ids += 1))}`,
  };
  return runPass(deps, request);
}

export type Wish = Partial<PassRequest>;

/** What every request here has. */
export const common = {
  database,
  consents: new Set<never>(),
  dryRun: "none",
  timeoutMs: 600_000,
  lockTimeoutMs: 0,
  fieldManager: "kubectl-dbop",
  forceConflicts: false,
  planHash: undefined,
  attended: true,
  approve: () => Promise.resolve("severe" as const),
} as const;

type InstallWish = Wish & { readonly tls?: "managed" | "disabled"; readonly version?: string };

export function installing(replicas: number, wish: InstallWish = {}): PassRequest {
  const { tls = "disabled", version = "3.6.16", ...rest } = wish;
  const intent: KubeObject = {
    apiVersion: "dbop.dev/v1alpha1",
    kind: "DatabaseCluster",
    metadata: database,
    spec: { engine: "etcd", version, replicas, storage: { size: "1Gi" }, tls: { mode: tls } },
  };
  return { ...common, verb: "install", request: `--replicas ${String(replicas)}`, edit: () => intent, ...rest };
}

export function scaling(replicas: number, wish: Wish = {}): PassRequest {
  const edit = (current: KubeObject | undefined): KubeObject | undefined =>
    current && editIntent(current, "kubectl-dbop", { replicas });
  return { ...common, verb: "scale", request: `--replicas ${String(replicas)}`, edit, ...wish };
}

export function upgrading(version: string, wish: Wish = {}): PassRequest {
  const edit = (current: KubeObject | undefined): KubeObject | undefined =>
    current && editIntent(current, "kubectl-dbop", { version });
  const consents = new Set(["through", "without-recent-backup"] as const);
  const request = `--version ${version} --through --without-recent-backup`;
  return { ...common, verb: "upgrade", request, edit, consents, ...wish };
}

function rotating(of: "certificates" | "authorities", wish: Wish = {}): PassRequest {
  return { ...common, verb: "rotate", request: rotationRequests[of], edit: () => undefined, ...wish };
}

export function reconciling(wish: Wish = {}): PassRequest {
  return { ...common, verb: "reconcile", request: "", edit: () => undefined, ...wish };
}

/** What a database has come to, without the names and times that differ from run to run. */
export function stateOf({ fake, model }: Place): Readonly<Record<string, unknown>> {
  const object = fake.peek(demo);
  const status = object?.["status"];
  const set = fake.peek({ ...demo, type: types.statefulSet });
  const map = fake.peek({ type: types.configMap, namespace: "shop", name: "demo-config" });
  const claims = fake.all(types.claim, "shop");
  return {
    voters: model.etcd.voters.map(({ ordinal }) => ordinal).toSorted(),
    learners: model.etcd.members.length - model.etcd.voters.length,
    replicas: field(set?.["spec"], "replicas"),
    modes: map?.metadata.annotations?.["dbop.dev/member-modes"],
    claims: claims.map(({ metadata }) => metadata.name),
    recorded: claims.every(({ metadata }) => metadata.annotations?.["dbop.dev/member-id"] !== undefined),
    recordedOnClaims: claims.map(({ metadata }) => metadata.annotations?.["dbop.dev/version"]),
    wished: field(object?.["spec"], "replicas"),
    versions: model.etcd.members.map(({ ordinal }) => model.etcd.versionAt(ordinal)),
    cluster: model.etcd.versions.cluster,
    recordedVersion: [field(status, "currentVersion"), field(status, "targetVersion")],
    operation: field(status, "operation"),
    history: listField(status, "history").map((entry) => `${textField(entry, "verb")} ${textField(entry, "result")}`),
    ready: listField(status, "conditions").map((one) => `${textField(one, "type")}=${textField(one, "status")}`),
    leases: fake.all(types.lease, "shop").length,
    violations: [...model.etcd.violations, ...model.tls.violations],
    authorities: fake
      .all(types.secret, "shop")
      .map(({ metadata }) => metadata.annotations?.["dbop.dev/authorities"] ?? "none"),
  };
}

/** What edits no spec has come to its end and is recorded so. The same request would then begin anew, as it should. */
export function isOver(place: Place): boolean {
  const { operation, history } = stateOf(place);
  const ends = ["rotate Converged", "restore-in-place Converged"];
  return operation === undefined && Array.isArray(history) && ends.includes(String(history[0]));
}

/** A verb's whole life: what is there before it, and what it asks for. */
export interface Story {
  readonly verb: Verb;
  readonly prepare: (place: Place) => Promise<void>;
  readonly request: (wish?: Wish) => PassRequest;
  /** What it comes to; absent: {@link stateOf}. */
  readonly stateOf?: (place: Place) => Readonly<Record<string, unknown>>;
}

const installed =
  (replicas: number, wish: Parameters<typeof installing>[1] = {}) =>
  async (place: Place): Promise<void> => {
    await run(place, place.fake.as("earlier"), installing(replicas, wish));
  };

type StoryName = "install" | "scale out" | "upgrade" | "downgrade" | "scale in" | "repair" | "rotate" | "reissue";

export const stories: Readonly<Record<StoryName, Story>> = {
  install: { verb: "install", prepare: () => Promise.resolve(), request: (wish) => installing(3, wish) },
  "scale out": { verb: "scale", prepare: installed(1), request: (wish) => scaling(2, wish) },
  upgrade: {
    verb: "upgrade",
    prepare: installed(3, { version: "3.5.35" }),
    request: (wish) => upgrading("3.7.3", wish),
  },
  downgrade: {
    verb: "upgrade",
    prepare: installed(3),
    request: (wish) => upgrading("3.5.35", wish),
  },
  "scale in": { verb: "scale", prepare: installed(3), request: (wish) => scaling(2, wish) },
  repair: {
    verb: "reconcile",
    prepare: async (place) => {
      await installed(3)(place);
      place.model.loseDisk(1);
    },
    request: (wish) => reconciling(wish),
  },
  rotate: {
    verb: "rotate",
    prepare: installed(3, { tls: "managed" }),
    request: (wish) => rotating("authorities", wish),
  },
  reissue: {
    verb: "rotate",
    prepare: installed(1, { tls: "managed" }),
    request: (wish) => rotating("certificates", wish),
  },
};
