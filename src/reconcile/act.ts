/** Does one step. It decides nothing: what a step left behind is seen by looking again. */
import type { CommandResult, Engine, EngineIo } from "../engines/engine.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { Step } from "../plan/step.ts";
import type { Clock } from "./clock.ts";

export interface ActDeps {
  readonly kube: KubeClient;
  readonly clock: Clock;
  /** Throws when nothing may be changed any more; called before each single write. */
  readonly assertHeld: () => void;
}

export interface Action<Spec, Seen, Command> {
  readonly engine: Engine<Spec, Seen, Command>;
  readonly spec: Spec;
  readonly step: Step<Command>;
}

/**
 * Waits are `not-yet` by nature. Objects of a database are applied with force: they bear its marks, and a field somebody changed by hand
 * is brought back (docs/adr/0004). Throws a DbopError; a change whose outcome was not seen is reason `Unknown`.
 */
export async function act<Spec, Seen, Command>(
  { engine, spec, step }: Action<Spec, Seen, Command>,
  deps: ActDeps,
): Promise<CommandResult> {
  const { kube, assertHeld } = deps;
  switch (step.kind) {
    case "apply":
      for (const object of step.objects) {
        assertHeld();
        await kube.apply(object, { force: true });
      }
      return { outcome: "done" };
    case "delete":
      assertHeld();
      await kube.delete(step.target, { uid: step.uid, propagation: step.propagation });
      return { outcome: "done" };
    case "command":
      assertHeld();
      return engine.run(step.command, engineIo(deps), spec);
    case "wait":
      return { outcome: "not-yet", why: step.why };
  }
}

function engineIo({ kube, clock, assertHeld }: ActDeps): EngineIo {
  return {
    now: () => clock.now(),
    get: (ref, options) => kube.get(ref, options),
    list: (type, query, options) => kube.list(type, query, options),
    log: (request) => kube.log(request),
    exec: (request) => {
      assertHeld();
      return kube.exec(request);
    },
    create: (object, options) => {
      assertHeld();
      return kube.create(object, options);
    },
    apply: (object, options) => {
      assertHeld();
      return kube.apply(object, options);
    },
    delete: (ref, options) => {
      assertHeld();
      return kube.delete(ref, options);
    },
  };
}
