/**
 * The API server without a network: validation, defaults, ownership, generations, preconditions and finalizers over a Store.
 * Synchronous: every call either changes the store whole or throws the DbopError a client would get.
 */
import type { KubeObject, ObjectRef, ResourceType } from "../../../src/kube/objects.ts";
import type { Propagation } from "../../../src/kube/kube-client.ts";
import { DbopError } from "../../../src/errors.ts";
import * as errors from "./api-errors.ts";
import { admit, type Validators } from "./admission.ts";
import { applyIntent, intentFor } from "./apply.ts";
import { anyKind, factsOf, type KindFacts } from "./catalog.ts";
import { at, copyOf, draftOf, equal, fieldsOf, freeze, type Draft } from "./json.ts";
import { afterUpdate, toManagedFields, type Manager, type Ownership } from "./managed-fields.ts";
import { shapesOf, type Shapes } from "./shapes.ts";
import { Store } from "./store.ts";
import { keepServerFields, nextGeneration, withoutTimes, withStatusOf } from "./succession.ts";
import { crdType, namespaceType } from "./types.ts";

export interface ServerOptions {
  readonly now: () => Date;
  readonly validators: Validators;
  /** Whether kinds that no CRD defines are taken as they come. */
  readonly anyKind: boolean;
}

export interface Write {
  readonly manager: string;
  readonly subresource?: "status";
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export interface Deletion {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation: Propagation;
  readonly dryRun?: boolean;
}

export class Server {
  readonly store = new Store();
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** `2026-01-01T00:00:00Z`: whole seconds, as metadata has them. */
  timestamp(): string {
    return this.#options
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
  }

  /** Throws `NotFound` for a kind that is neither built in nor defined by a CRD. */
  facts(type: ResourceType): KindFacts {
    const facts = factsOf(type, this.store.list(crdType));
    if (facts !== undefined) return facts;
    if (this.#options.anyKind) return anyKind;
    throw errors.typeNotFound(type);
  }

  create(type: ResourceType, object: KubeObject, write: Write): KubeObject {
    const facts = this.facts(type);
    const draft = draftOf(object);
    const ref = this.#refOf(type, draft);
    if (draft.metadata.resourceVersion !== undefined)
      throw new DbopError("ServerError", "resourceVersion should not be set on objects to be created");
    this.#requireNamespace(ref);
    if (this.store.read(ref) !== undefined) throw errors.alreadyExists(ref);
    if (facts.hasStatus) delete draft["status"];
    return this.#store({ ref, facts, draft, old: undefined, write }, (shapes) =>
      afterUpdate(undefined, draft, this.#manager(type, write, "Update"), this.timestamp(), shapes),
    );
  }

  update(type: ResourceType, object: KubeObject, write: Write): KubeObject {
    const facts = this.facts(type);
    const sent = draftOf(object);
    const ref = this.#refOf(type, sent);
    const old = this.#live(ref);
    const { uid, resourceVersion } = sent.metadata;
    if (resourceVersion === undefined) throw new DbopError("Internal", "metadata.resourceVersion is missing");
    if (uid !== undefined && uid !== old.metadata.uid) throw errors.wrongUid(ref, uid, old.metadata.uid ?? "");
    if (resourceVersion !== old.metadata.resourceVersion) throw errors.stale(ref);
    const draft = write.subresource === "status" ? withStatusOf(sent, old) : sent;
    return this.#store({ ref, facts, draft, old, write }, (shapes) =>
      afterUpdate(old, draft, this.#manager(type, write, "Update"), this.timestamp(), shapes),
    );
  }

  apply(type: ResourceType, object: KubeObject, write: Write): KubeObject {
    const facts = this.facts(type);
    const intent = draftOf(object);
    const ref = this.#refOf(type, intent);
    if (intent.metadata.managedFields !== undefined)
      throw new DbopError("Invalid", "metadata.managedFields must be nil");
    this.#requireNamespace(ref);
    const live = this.store.read(ref);
    const old = live === undefined ? undefined : draftOf(live);
    this.#checkPreconditions(ref, intent, old);
    if (old === undefined && write.subresource === "status") throw errors.notFound(ref);
    const part = intentFor(intent, facts.hasStatus, write.subresource);
    const manager = this.#manager(type, write, "Apply");
    const shapes = shapesOf(type.kind, facts);
    const applied = applyIntent(old, part, {
      manager,
      force: write.force ?? false,
      now: this.timestamp(),
      shapes,
      custom: !facts.builtIn,
    });
    const sent = draftOf({
      ...part,
      ...applied.merged,
      metadata: { ...part.metadata, ...fieldsOf(applied.merged["metadata"]) },
    });
    const draft = old !== undefined && write.subresource === "status" ? withStatusOf(sent, old) : sent;
    return this.#store({ ref, facts, draft, old, write, checked: part }, () => [...applied.ownerships]);
  }

  delete(ref: ObjectRef, deletion: Deletion): void {
    this.facts(ref.type);
    const live = this.store.read(ref);
    if (live === undefined) return;
    const { uid, resourceVersion } = live.metadata;
    if (deletion.uid !== undefined && deletion.uid !== uid) throw errors.wrongUid(ref, deletion.uid, uid ?? "");
    if (deletion.resourceVersion !== undefined && deletion.resourceVersion !== resourceVersion)
      throw errors.wrongVersion(ref, deletion.resourceVersion, resourceVersion ?? "");
    if (deletion.dryRun === true) return;
    const draft = draftOf(live);
    const finalizers = new Set(draft.metadata.finalizers);
    if (deletion.propagation === "Foreground") finalizers.add("foregroundDeletion");
    if (deletion.propagation === "Orphan") finalizers.add("orphan");
    const waits = finalizers.size > 0 || isRunningPod(draft) || ref.type.kind === "Namespace";
    if (!waits) {
      this.store.remove(ref);
      return;
    }
    if (draft.metadata.deletionTimestamp !== undefined) return;
    draft.metadata.deletionTimestamp = this.timestamp();
    draft.metadata.deletionGracePeriodSeconds = isRunningPod(draft)
      ? Number(at(draft["spec"], "terminationGracePeriodSeconds") ?? 30)
      : 0;
    if (finalizers.size > 0) draft.metadata.finalizers = [...finalizers];
    if (draft.metadata.generation !== undefined) draft.metadata.generation += 1;
    this.#commit(ref, draft);
  }

  /** Edits an object as a controller does: unchecked, but with a new resourceVersion. Nothing happens when nothing changes. */
  edit(ref: ObjectRef, change: (draft: Draft) => void): void {
    const live = this.store.read(ref);
    if (live === undefined) return;
    const draft = draftOf(live);
    change(draft);
    if (equal(copyOf(draft), live)) return;
    const terminating = draft.metadata.deletionTimestamp !== undefined;
    if (
      terminating &&
      (draft.metadata.finalizers ?? []).length === 0 &&
      !isRunningPod(draft) &&
      ref.type.kind !== "Namespace"
    )
      this.store.remove(ref);
    else this.#commit(ref, draft);
  }

  #store(
    job: { ref: ObjectRef; facts: KindFacts; draft: Draft; old: Draft | undefined; write: Write; checked?: Draft },
    ownershipsOf: (shapes: Shapes) => readonly Ownership[],
  ): KubeObject {
    const { ref, facts, draft, old, write } = job;
    if (old !== undefined && write.subresource === undefined) keepServerFields(draft, old, facts);
    if (old === undefined)
      Object.assign(draft.metadata, { uid: this.store.newUid(), creationTimestamp: this.timestamp() });
    admit(
      {
        server: this,
        ref,
        facts,
        draft,
        old,
        checked: job.checked ?? draft,
        applied: job.checked !== undefined,
        subresource: write.subresource,
      },
      this.#options.validators,
    );
    const managed = toManagedFields(ownershipsOf(shapesOf(ref.type.kind, facts)));
    if (facts.hasGeneration) draft.metadata.generation = nextGeneration(draft, old, facts);
    draft.metadata.managedFields = managed;
    if (old !== undefined && equal(withoutTimes(copyOf(draft)), withoutTimes(old))) return freeze(old);
    if (write.dryRun === true) {
      draft.metadata.resourceVersion = old?.metadata.resourceVersion ?? "";
      if (old === undefined) delete draft.metadata.resourceVersion;
      return freeze(draft);
    }
    const gone =
      draft.metadata.deletionTimestamp !== undefined &&
      (draft.metadata.finalizers ?? []).length === 0 &&
      !isRunningPod(draft);
    if (gone && ref.type.kind !== "Namespace") {
      this.store.remove(ref);
      return freeze(draft);
    }
    return this.#commit(ref, draft);
  }

  #commit(ref: ObjectRef, draft: Draft): KubeObject {
    draft.metadata.resourceVersion = String(this.store.next);
    const object: KubeObject = freeze(draftOf(draft));
    this.store.write(ref.type, object);
    return object;
  }

  #checkPreconditions(ref: ObjectRef, intent: Draft, old: Draft | undefined): void {
    const { uid, resourceVersion } = intent.metadata;
    if (uid !== undefined && uid !== old?.metadata.uid)
      throw new DbopError(
        "Conflict",
        `Operation cannot be fulfilled on ${errors.resourceOf(ref.type)} "${ref.name}": uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    if (resourceVersion !== undefined && resourceVersion !== old?.metadata.resourceVersion) throw errors.stale(ref);
    delete intent.metadata.uid;
    delete intent.metadata.resourceVersion;
  }

  #live(ref: ObjectRef): Draft {
    const live = this.store.read(ref);
    if (live === undefined) throw errors.notFound(ref);
    return draftOf(live);
  }

  #refOf(type: ResourceType, { metadata }: Draft): ObjectRef {
    if (!type.namespaced) return { type, name: metadata.name };
    if (metadata.namespace === undefined)
      throw new DbopError("Internal", `a namespace is needed for ${type.plural} "${metadata.name}"`);
    return { type, namespace: metadata.namespace, name: metadata.name };
  }

  #requireNamespace(ref: ObjectRef): void {
    if (ref.namespace === undefined) return;
    const namespace: ObjectRef = { type: namespaceType, name: ref.namespace };
    const found = this.store.read(namespace);
    if (found === undefined) throw errors.notFound(namespace);
    if (found.metadata.deletionTimestamp !== undefined && this.store.read(ref) === undefined)
      throw errors.refused(
        ref,
        `unable to create new content in namespace ${ref.namespace} because it is being terminated`,
      );
  }

  #manager(type: ResourceType, write: Write, operation: Manager["operation"]): Manager {
    return {
      name: write.manager,
      operation,
      apiVersion: type.apiVersion,
      ...(write.subresource !== undefined && { subresource: write.subresource }),
    };
  }
}

const isRunningPod = (object: Draft): boolean => object.kind === "Pod" && at(object["spec"], "nodeName") !== undefined;
