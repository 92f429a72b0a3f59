import { describe, expect, it } from "vitest";
import { field, listField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { nightly, schedule, scheduleState, scheduleStory } from "../support/backup-model/schedule-story.ts";
import { backingUp, backupState, withStore } from "../support/backup-model/story.ts";
import {
  aPlace,
  demo,
  installing,
  reconciling,
  run,
  scaling,
  stateOf,
  type Place,
} from "../support/etcd-model/whole-runs.ts";

const named = { namespace: "shop", name: "demo-backup" };
const all = ["ServiceAccount demo-backup", "Role demo-backup", "RoleBinding demo-backup", "CronJob demo-backup"];
const kept = "30 3 * * * (Europe/Berlin) to nightly, 7 are kept";

async function scheduled(): Promise<Place> {
  const place = aPlace();
  await scheduleStory.prepare(place);
  await run(place, place.fake.as("first"), scheduleStory.request());
  return place;
}

function podOf(place: Place): unknown {
  const spec = place.fake.peek({ type: types.cronJob, ...named })?.["spec"];
  return field(field(field(field(spec, "jobTemplate"), "spec"), "template"), "spec");
}

describe("a schedule", () => {
  it("is a CronJob that runs the same command as a person, as an account that may do no more", async () => {
    const place = await scheduled();
    expect(scheduleState(place)).toMatchObject({
      objects: all,
      when: "30 3 * * *",
      said: `True Scheduled: ${kept}`,
      voters: [0, 1],
      history: ["scale Converged", "install Converged"],
    });
    expect(podOf(place)).toMatchObject({
      serviceAccountName: "demo-backup",
      containers: [
        {
          image: nightly.image,
          args: [
            ...["backup", "demo", "--namespace=shop", "--to=nightly", "--verify=structural", "--keep=7"],
            ...["--timeout=6h", "--lock-timeout=1h", "--yes", "--no-input"],
          ],
        },
      ],
    });
    const role = place.fake.peek({ type: types.role, ...named });
    expect(listField(role, "rules").some((rule) => listField(rule, "resources").includes("jobs"))).toBe(true);
    expect(JSON.stringify(role)).not.toContain("*");
  });

  it("is made again when it is lost, and as it should be when somebody has changed it", async () => {
    const place = await scheduled();
    const { uid = "" } = place.fake.peek({ type: types.roleBinding, ...named })?.metadata ?? {};
    await place.fake.delete({ type: types.roleBinding, ...named }, { uid, propagation: "Background" });
    place.fake.edit({ type: types.cronJob, ...named }, (draft) => {
      draft["spec"] = { ...Object(draft["spec"]), schedule: "0 0 1 1 *" };
    });
    await run(place, place.fake.as("second"), reconciling());
    expect(scheduleState(place)).toMatchObject({ objects: all, when: "30 3 * * *", said: `True Scheduled: ${kept}` });
    const again = await run(place, place.fake.as("third"), reconciling());
    expect(again).toMatchObject({ outcome: "Converged", changed: false });
  });

  it("follows the spec", async () => {
    const place = await scheduled();
    schedule(place, { ...nightly, schedule: "@hourly", keep: 3 });
    await run(place, place.fake.as("second"), reconciling());
    expect(scheduleState(place)).toMatchObject({ when: "@hourly" });
    expect(JSON.stringify(podOf(place))).toContain("--keep=3");
  });

  it("goes when the spec has none any more, with all that came with it", async () => {
    const place = await scheduled();
    schedule(place, undefined);
    await run(place, place.fake.as("second"), reconciling());
    expect(scheduleState(place)).toMatchObject({ objects: [], said: undefined });
    const again = await run(place, place.fake.as("third"), reconciling());
    expect(again).toMatchObject({ outcome: "Converged", changed: false });
  });

  it("does not take the account of somebody else, unless told to", async () => {
    const place = aPlace();
    await scheduleStory.prepare(place);
    await place.fake.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: named });
    const refused = await run(place, place.fake.as("first"), scheduleStory.request());
    expect(refused).toMatchObject({ outcome: "Blocked", by: [{ guard: "owned-by-us", lift: "--adopt" }] });
    expect(stateOf(place)).toMatchObject({ voters: [0] });
    await run(place, place.fake.as("second"), reconciling({ consents: new Set(["adopt"]) }));
    expect(scheduleState(place)).toMatchObject({ objects: all });
  });

  it("tells that its location is not there", async () => {
    const place = aPlace();
    await run(place, place.fake.as("first"), installing(1));
    schedule(place, { ...nightly, locationName: "nowhere" });
    const planned = await run(place, place.fake.as("second"), reconciling({ dryRun: "client" }));
    expect(planned).toMatchObject({ plan: { warnings: [{ guard: "backup-location-there" }] } });
    await run(place, place.fake.as("second"), reconciling());
    expect(scheduleState(place)).toMatchObject({
      objects: all,
      said: "False NoLocation: BackupLocation nowhere is not there",
    });
  });

  it("is still known of after a backup, which does not look at it", async () => {
    const place = await scheduled();
    await run(place, place.fake.as("second"), backingUp());
    expect(scheduleState(place)).toMatchObject({ said: `True Scheduled: ${kept}` });
  });
});

describe("a backup while something else is in flight", () => {
  it("leaves that as it is, to be gone on with", async () => {
    const place = aPlace();
    await run(place, place.fake.as("first"), installing(3));
    await withStore(place);
    place.fake.pause("StatefulSet");
    await run(place, place.fake.as("first"), scaling(4, { timeoutMs: 0 }));
    const { operation } = stateOf(place);
    expect(operation).toMatchObject({ verb: "scale" });
    expect(await run(place, place.fake.as("night"), backingUp())).toMatchObject({ outcome: "Converged" });
    expect(backupState(place)).toMatchObject({ history: ["backup Converged", "install Converged"] });
    expect(place.fake.peek(demo)?.["status"]).toMatchObject({ operation });
    place.fake.resume("StatefulSet");
    await run(place, place.fake.as("third"), reconciling());
    expect(stateOf(place)).toMatchObject({
      voters: [0, 1, 2, 3],
      history: ["scale Converged", "backup Converged", "install Converged"],
    });
  });
});
