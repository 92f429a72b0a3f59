/** Objects by type, namespace and name, with one revision counter over all of them, as etcd keeps them. */
import type { KubeObject, ObjectRef, ResourceType } from "../../../src/kube/objects.ts";
import { resourceOf } from "./api-errors.ts";

export interface Change {
  readonly revision: number;
  readonly type: ResourceType;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

interface Entry {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

export class Store {
  #revision = 1;
  #uids = 0;
  readonly #tables = new Map<string, Map<string, Entry>>();
  readonly #listeners = new Set<(change: Change) => void>();

  get revision(): number {
    return this.#revision;
  }

  /** The revision the next write will have. */
  get next(): number {
    return this.#revision + 1;
  }

  /** A uid nobody had before: counted, so that a run can be repeated exactly. */
  newUid(): string {
    this.#uids += 1;
    return `00000000-0000-4000-8000-${this.#uids.toString(16).padStart(12, "0")}`;
  }

  read(ref: ObjectRef): KubeObject | undefined {
    return this.#table(ref.type).get(keyOf(ref.namespace, ref.name))?.object;
  }

  /** Sorted by namespace and name, as a list from the API server is. */
  list(type: ResourceType, namespace?: string): readonly KubeObject[] {
    const table = this.#table(type);
    const keys = [...table.keys()].sort();
    return keys
      .flatMap((key) => table.get(key)?.object ?? [])
      .filter((object) => namespace === undefined || object.metadata.namespace === namespace);
  }

  /** Every object of every type. */
  everything(): readonly Entry[] {
    return [...this.#tables.values()].flatMap((table) => [...table.values()]);
  }

  /** Stores `object`, which must carry `this.next` as its resourceVersion. */
  write(type: ResourceType, object: KubeObject): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = this.#table(type).get(key)?.object;
    this.#table(type).set(key, { type, object });
    this.#changed(type, before, object);
  }

  remove(ref: ObjectRef): void {
    const key = keyOf(ref.namespace, ref.name);
    const before = this.#table(ref.type).get(key)?.object;
    if (before === undefined) return;
    this.#table(ref.type).delete(key);
    this.#changed(ref.type, before, undefined);
  }

  /** Calls `listener` after every change, until the returned function is called. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(type: ResourceType, before: KubeObject | undefined, after: KubeObject | undefined): void {
    this.#revision += 1;
    for (const listener of this.#listeners) listener({ revision: this.#revision, type, before, after });
  }

  #table(type: ResourceType): Map<string, Entry> {
    const name = resourceOf(type);
    const table = this.#tables.get(name) ?? new Map<string, Entry>();
    this.#tables.set(name, table);
    return table;
  }
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;
