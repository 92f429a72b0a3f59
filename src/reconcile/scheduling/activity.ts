/**
 * Errands as part of a pass (docs/adr/0011): once the engine has nothing more to do, the CronJobs and their accounts are made as `spec.backup`
 * and `spec.reconcile` have it, or removed when those are gone. The same for every engine.
 */
import type { DatabaseCluster } from "../../api/database-cluster.ts";
import type { Engine, Reader } from "../../engines/engine.ts";
import { isDbopError } from "../../errors.ts";
import { types, type KubeObject, type ObjectRef } from "../../kube/objects.ts";
import type { Owner } from "../../resources/labels.ts";
import type { Activity } from "../request.ts";
import { errandsAround, errandsOf, schedulingAccess, type Errand, type ErrandName } from "./errand.ts";
import { errandObjects, errandRefs } from "./objects.ts";
import { standingsOf, withErrands, type ErrandSeen } from "./plan.ts";

/** Undefined when no errand is asked for, nor was. */
export function keepingErrands(cluster: DatabaseCluster): Activity | undefined {
  const names = errandsAround(cluster);
  return names.length === 0 ? undefined : { on: (engine, body) => body(keeping(engine, names)) };
}

interface KeptSpec<Spec> {
  readonly engine: Spec;
  readonly owner: Owner;
  readonly errands: readonly Errand[];
}

interface KeptSeen<Seen> {
  readonly engine: Seen;
  readonly errands: readonly ErrandSeen[];
}

function keeping<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  names: readonly ErrandName[],
): Engine<KeptSpec<Spec>, KeptSeen<Seen>, Command> {
  const { backup: _, checks: _own, ...rest } = engine;
  return {
    ...rest,
    parseSpec: (cluster) => {
      const parsed = engine.parseSpec(cluster);
      if (!parsed.ok) return parsed;
      const { name, namespace, uid } = cluster.metadata;
      const owner = { engine: engine.name, name, namespace, uid };
      return { ok: true, value: { engine: parsed.value, owner, errands: errandsOf(engine, cluster) } };
    },
    observe: async (read, spec, now) => {
      const [seen, errands] = await Promise.all([
        engine.observe(read, spec.engine, now),
        Promise.all(names.map((name) => observeErrand(read, spec, name))),
      ]);
      return { engine: seen, errands };
    },
    plan: (input) => {
      const { spec, seen, consents } = input;
      const own = engine.plan({ ...input, spec: spec.engine, seen: seen.engine });
      return withErrands(own, { owner: spec.owner, errands: seen.errands, consents });
    },
    run: (command, io, spec) => engine.run(command, io, spec.engine),
    status: (spec, seen, now) => ({
      ...engine.status(spec.engine, seen.engine, now),
      errands: standingsOf(spec.owner, seen.errands),
    }),
    describe: (spec, seen) => engine.describe(spec.engine, seen.engine),
    access: (verb) => [...engine.access(verb), ...schedulingAccess(engine, names)],
    watches: (spec) => engine.watches(spec.engine),
  };
}

async function observeErrand(
  read: Reader,
  { owner, errands }: Pick<KeptSpec<unknown>, "owner" | "errands">,
  name: ErrandName,
): Promise<ErrandSeen> {
  const { namespace } = owner;
  const errand = errands.find((one) => one.name === name);
  const refs = errandRefs(owner, name);
  const wanted = errand?.locationName;
  const [location, ...objects] = await Promise.all([
    wanted === undefined ? undefined : findIfKnown(read, { type: types.backupLocation, namespace, name: wanted }),
    ...refs.map((ref) => read.get(ref)),
  ]);
  const present = refs.flatMap((ref, index) => {
    const object = objects[index];
    return object === undefined ? [] : [{ ref, object }];
  });
  const wished = errand === undefined ? [] : errandObjects(owner, errand);
  return { name, errand, wished, present, hasLocation: wanted === undefined || location !== undefined };
}

/** Before the first install the server does not know the kind. */
async function findIfKnown(read: Reader, ref: ObjectRef): Promise<KubeObject | undefined> {
  try {
    return await read.get(ref);
  } catch (error) {
    if (isDbopError(error, "NotFound")) return undefined;
    throw error;
  }
}
