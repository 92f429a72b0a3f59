/** A Role that is printed suffices for every engine: which of its rights a database of one engine does without. */
import type { Verb } from "../../src/engines/engine.ts";
import { engines } from "../../src/engines/index.ts";
import { accessFor, describeRight, rightsOf } from "../../src/reconcile/access.ts";
import { errandNames, schedulingAccess } from "../../src/reconcile/scheduling/errand.ts";

const verbs: Readonly<Record<Verb, true>> = {
  install: true,
  scale: true,
  upgrade: true,
  reshard: true,
  backup: true,
  restore: true,
  "restore-in-place": true,
  rotate: true,
  schedule: true,
  reconcile: true,
  status: true,
  delete: true,
};

const isVerb = (name: string): name is Verb => name in verbs;

/** As `describeRight` has them; those of its errands included. */
export function neededBy(engine: keyof typeof engines, verb: string): ReadonlySet<string> {
  if (!isVerb(verb)) throw new Error(`no verb: ${verb}`);
  const rules = engines[engine].use((one) => [
    ...accessFor(verb, one.access(verb)),
    ...schedulingAccess(one, errandNames),
  ]);
  return new Set(rightsOf(rules).map(describeRight));
}
