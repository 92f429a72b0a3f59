import { describe, expect, it } from "vitest";
import { cronProblem } from "../../src/api/cron.ts";
import { readCluster } from "../../src/api/read-cluster.ts";
import { cronTable } from "../support/cron-table.ts";

describe("a schedule", () => {
  it.each(cronTable)("%j is one: %s", (schedule, taken) => {
    expect(cronProblem(schedule) === undefined).toBe(taken);
  });

  it.each([
    ["0 3 31 2 *", true],
    ["0 3 30,31 feb *", true],
    ["0 3 31 4-6/2,9 *", true],
    ["0 3 30/1 2 *", true],
    ["0 3 31 */2 *", false],
    ["0 3 29 2 *", false],
    ["0 3 1,31 2 *", false],
    ["0 3 31 2 mon", false],
    ["0 3 31 2 */2", false],
    ["0 3 31 2 mon,*", true],
  ])("%s never comes: %s", (schedule, never) => {
    const problem = never ? "a schedule with a day that one of its months has" : undefined;
    expect(cronProblem(schedule)).toBe(problem);
  });

  it("has no empty item in a list: a CronJob takes one, and never runs", () => {
    expect(cronProblem(", * * * *")).toContain("a schedule whose minute is from 0 to 59");
  });
});

const good = { schedule: "30 3 * * *", locationName: "nightly", image: "registry.example.com/kubectl-dbop:0.1.0" };

function read(backup: unknown): unknown {
  const spec = { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "1Gi" }, backup };
  const result = readCluster({
    apiVersion: "dbop.dev/v1alpha1",
    kind: "DatabaseCluster",
    metadata: { name: "demo" },
    spec,
  });
  if (result.ok) return result.value.spec.backup;
  return result.problems.map(({ field, value, message }) => `${field}: ${value} ${message}`);
}

describe("spec.backup", () => {
  it("says what is not said", () => {
    expect(read(good)).toEqual({ ...good, timeZone: "Etc/UTC", verify: "structural" });
    expect(read(undefined)).toBeUndefined();
  });

  it.each<[wrong: unknown, problem: string]>([
    ["nightly", "spec.backup: nightly must be an object"],
    [{ ...good, every: "day" }, "spec.backup.every: day is not a field; known are schedule, "],
    [{ ...good, schedule: undefined }, "spec.backup.schedule: <none> must be a string, such as '30 3 * * *'"],
    [{ ...good, schedule: "nightly" }, "spec.backup.schedule: nightly must be five fields: minute, hour"],
    [
      { ...good, schedule: "0 25 * * *" },
      "spec.backup.schedule: 0 25 * * * must be a schedule whose hour is from 0 to 23",
    ],
    [{ ...good, schedule: "@nightly" }, "spec.backup.schedule: @nightly must be one of @yearly"],
    [{ ...good, timeZone: "Berlin" }, "spec.backup.timeZone: Berlin must be a time zone such as Etc/UTC"],
    [{ ...good, timeZone: "+02:00" }, "spec.backup.timeZone: +02:00 must be a time zone"],
    [
      { ...good, locationName: undefined },
      "spec.backup.locationName: <none> must be a string, the name of a BackupLocation",
    ],
    [{ ...good, locationName: "A B" }, "spec.backup.locationName: A B must be the name of an object"],
    [{ ...good, verify: "all" }, "spec.backup.verify: all must be one of none, integrity, structural, functional"],
    [{ ...good, keep: 0 }, "spec.backup.keep: 0 must be an integer from 1 to 10000"],
    [{ ...good, keep: "7" }, "spec.backup.keep: 7 must be an integer from 1 to 10000"],
    [{ ...good, image: undefined }, "spec.backup.image: <none> must be an image of kubectl-dbop such as"],
    [{ ...good, image: "a b" }, "spec.backup.image: a b must be an image of kubectl-dbop such as"],
  ])("%j is refused", (wrong, problem) => {
    expect(read(wrong)).toContainEqual(expect.stringContaining(problem));
  });
});
