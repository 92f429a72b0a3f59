/** Backups by schedule: from no schedule at all to one that is kept. */
import { field, listField, textField } from "../../../src/kube/fields.ts";
import { types } from "../../../src/kube/objects.ts";
import { demo, stateOf, stories, type Place, type Story } from "../etcd-model/whole-runs.ts";
import { fieldsOf } from "../fake-kube/json.ts";
import { withStore } from "./story.ts";

export const nightly = {
  schedule: "30 3 * * *",
  timeZone: "Europe/Berlin",
  locationName: "nightly",
  keep: 7,
  image: "registry.example.com/kubectl-dbop:0.1.0",
} as const;

/** As somebody would who owns the spec: `undefined` takes it out. */
export function schedule({ fake }: Place, backup: object | undefined): void {
  fake.edit(demo, (draft) => {
    const { backup: _, ...spec } = fieldsOf(draft["spec"]);
    draft["spec"] = { ...spec, ...(backup === undefined ? {} : { backup }) };
  });
}

const kinds = [types.serviceAccount, types.role, types.roleBinding, types.cronJob] as const;

/** What takes the backups, and what is said of it. */
export function scheduleState(place: Place): Readonly<Record<string, unknown>> {
  const conditions = listField(place.fake.peek(demo)?.["status"], "conditions");
  const said = conditions.find((one) => textField(one, "type") === "BackupScheduled");
  const [cronJob] = place.fake.all(types.cronJob, "shop");
  return {
    ...stateOf(place),
    objects: kinds.flatMap((type) =>
      place.fake.all(type, "shop").map(({ metadata }) => `${type.kind} ${metadata.name}`),
    ),
    when: field(cronJob?.["spec"], "schedule"),
    said: said && `${textField(said, "status")} ${textField(said, "reason")}: ${textField(said, "message")}`,
  };
}

/** Asked for together with another size: both are seen to by one run. */
export const scheduleStory: Story = {
  verb: "scale",
  prepare: async (place) => {
    await stories["scale out"].prepare(place);
    await withStore(place);
    schedule(place, nightly);
  },
  request: stories["scale out"].request,
  stateOf: scheduleState,
};
