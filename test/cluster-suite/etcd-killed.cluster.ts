/** A run may be killed at any step of install, scale-out, repair and scale-in: the same command goes on and ends where it would have ended. */
import { describe, expect, it } from "vitest";
import { loseClaim } from "../support/real/damage.ts";
import { history } from "../support/real/database.ts";
import { installCommand, verb, type Target } from "../support/real/dbop.ts";
import { expectMembers, leadBy, putAll, readAll, someData } from "../support/real/etcd.ts";
import { begin, done, killedAt, planned, waiting, type Moment } from "../support/real/killed.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { shapeOf } from "../support/real/shape.ts";

const both = (title: string): readonly Moment[] => [begin(title), done(title)];
const objects = "Apply Services, disruption budget, configuration and StatefulSet";

/** Every moment of each verb, in order. Some are of the second member that comes or goes: the same kinds of step once more. */
const moments = {
  install: [
    planned,
    ...both("Issue certificates: .*"),
    ...both(objects),
    waiting("the member has joined"),
    // Of its objects one may be written before the run ends: then there is no such step any more.
    begin("Record that cluster [0-9a-f]+ has formed"),
  ],
  scaleOut: [
    ...both(objects),
    ...both("Add demo-1 as a learner"),
    ...both("Start demo-1"),
    waiting("demo-1 has started"),
    ...both("Record whose data data-demo-1 holds"),
    ...both("Give demo-1 its vote"),
    done("Add demo-2 as a learner"),
    waiting("demo-2 has started"),
    begin("Record whose data data-demo-2 holds"),
    ...both("Give demo-2 its vote"),
  ],
  repair: [
    ...both("Remove member demo-1 .*"),
    ...both("Add demo-1 as a learner"),
    ...both(objects),
    ...both("Restart demo-1"),
    waiting("demo-1 has started"),
    ...both("Record whose data data-demo-1 holds"),
    ...both("Give demo-1 its vote"),
  ],
  scaleIn: [
    ...both("Move the leadership from demo-2 to demo-[01]"),
    ...both("Remove member demo-2 .*"),
    ...both("Stop the pods from ordinal 2 on"),
    waiting("demo-2 is gone"),
    ...both("Remove member demo-1 .*"),
    ...both("Stop the pods from ordinal 1 on"),
    ...both("Delete claim data-demo-1 and the data in it"),
    ...both("Delete claim data-demo-2 and the data in it"),
  ],
} as const satisfies Record<string, readonly Moment[]>;

type Stage = keyof typeof moments;

const lives = 5;

/** What one life is killed at: every fifth moment, so that two kills in one run are some steps apart. */
function share(stage: Stage, life: number): readonly Moment[] {
  return moments[stage].filter((_, index) => index % lives === life);
}

/** Install 1, scale to 3, lose a member, scale to 1; the shape after each. */
async function live(target: Target, killAt: (stage: Stage) => readonly Moment[]): Promise<Record<Stage, unknown>> {
  await killedAt(installCommand(target, { replicas: 1 }), killAt("install"));
  await putAll(target, someData);
  const install = await endState(target, 1, ["install"]);

  await killedAt(verb("scale", target, "--replicas", "3"), killAt("scaleOut"));
  const scaleOut = await endState(target, 3, ["scale", "install"]);

  await loseClaim(target, 1);
  await killedAt(verb("reconcile", target), killAt("repair"));
  const repair = await endState(target, 3, ["reconcile", "scale", "install"]);

  await leadBy(target, 2);
  await killedAt(verb("scale", target, "--replicas", "1", "--confirm", target.name), killAt("scaleIn"));
  const scaleIn = await endState(target, 1, ["scale", "reconcile", "scale", "install"]);
  return { install, scaleOut, repair, scaleIn };
}

/** Members, data and history are checked on the way. */
async function endState(target: Target, count: number, verbs: readonly string[]): Promise<unknown> {
  expect((await history(target)).map((entry) => `${entry.verb} ${entry.result}`)).toEqual(
    verbs.map((name) => `${name} Converged`),
  );
  await expectMembers(target, count);
  for (let ordinal = 0; ordinal < count; ordinal += 1)
    expect(await readAll(target, "data/", { ordinal })).toEqual(someData);
  return shapeOf(target);
}

describe.concurrent("a run killed with SIGKILL", () => {
  const undisturbed = inNamespace("live", (namespace) => live({ namespace, name: "demo" }, () => []));

  it("is compared with a life that nobody disturbed", async () => {
    expect(Object.keys(await undisturbed)).toEqual(Object.keys(moments));
  });

  it.each(Array.from({ length: lives }, (_, life) => life))(
    "ends where it would have ended: every fifth moment from number %i",
    async (life) => {
      const shapes = await inNamespace(`kill${String(life)}`, (namespace) =>
        live({ namespace, name: "demo" }, (stage) => share(stage, life)),
      );
      expect(shapes).toEqual(await undisturbed);
    },
  );
});
