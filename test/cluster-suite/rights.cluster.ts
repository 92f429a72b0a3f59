/** Rights: with too few nothing is touched and all that are missing are named; with exactly those of `--print-rbac` each verb does its work. */
import { parseAllDocuments } from "yaml";
import { describe, expect, it } from "vitest";
import { listField, textField } from "../../src/kube/fields.ts";
import type { Verb } from "../../src/engines/engine.ts";
import { types } from "../../src/kube/objects.ts";
import { neededBy } from "../support/engine-rights.ts";
import { applyAll } from "../support/real/cluster.ts";
import { loseClaim, remove } from "../support/real/damage.ts";
import { dbopEnds, install, installCommand, verb, type Target } from "../support/real/dbop.ts";
import { expectMembers, putAll, readAll, someData } from "../support/real/etcd.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { accountWith, makeAccount, type Account } from "../support/real/service-account.ts";
import { versionsIn } from "../support/real/untouched.ts";

/** A command line of each verb that has a Role. */
function commands(target: Target): Readonly<Record<string, readonly string[]>> {
  return {
    install: installCommand(target, { replicas: 1 }),
    scale: verb("scale", target, "--replicas", "3"),
    reconcile: verb("reconcile", target),
    status: verb("status", target),
    delete: verb("delete", target, "--delete-data", "--confirm", target.name),
  };
}

/** The first Role that is printed; a second is for databases whose spec schedules backups. */
async function roleOf(args: readonly string[]): Promise<object> {
  const { stdout } = await dbopEnds(0, [...args, "--print-rbac"]);
  const role: unknown = parseAllDocuments(stdout)[0]?.toJS();
  if (typeof role !== "object" || role === null) throw new Error(`no Role: ${stdout}`);
  return role;
}

/** `patch statefulsets.apps`, for every right in `role`. */
function rightsIn(role: object): readonly string[] {
  const rights = listField(role, "rules").flatMap((rule) => {
    const group = String(listField(rule, "apiGroups")[0]);
    return listField(rule, "resources").flatMap((resource) => {
      const [name = "", subresource] = String(resource).split("/");
      const full = `${name}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
      return listField(rule, "verbs").map((right) => `${String(right)} ${full}`);
    });
  });
  return rights.toSorted();
}

/** Of each verb that changes something: on a database that is there, or on another. The test in memory takes every right from each. */
function changes(
  target: Target,
): Readonly<Record<Exclude<Verb, "status" | "reshard" | "schedule">, readonly string[]>> {
  const other = { ...target, name: "other" };
  return {
    install: installCommand(other, { replicas: 1 }),
    scale: verb("scale", target, "--replicas", "3"),
    upgrade: verb("upgrade", target, "--version", "3.7.3", "--without-recent-backup", "--yes"),
    backup: verb("backup", target, "--to", "store"),
    restore: verb("restore", other, "--from-location", "store", "--path", "etcd/demo/noon"),
    "restore-in-place": verb(
      "restore",
      target,
      "--in-place",
      ...["--from-location", "store", "--path", "etcd/demo/noon", "--confirm", target.name],
    ),
    rotate: verb("rotate", target, "--certificates"),
    reconcile: verb("reconcile", target),
    delete: verb("delete", target, "--yes"),
  };
}

interface Starved {
  /** Of its account. */
  readonly name: string;
  readonly args: readonly string[];
  readonly missing: string;
  readonly role: object;
}

const sampled = 9;

/** The Role of a verb without one of its rights: without every ninth in turn. */
async function starve(name: string, args: readonly string[]): Promise<readonly Starved[]> {
  const role = await roleOf(args);
  const needed = neededBy("etcd", name);
  return rightsIn(role)
    .filter((right) => needed.has(right))
    .filter((_, index) => index % sampled === name.length % sampled)
    .map((missing, index) => ({ name: `${name}-${String(index)}`, args, missing, role: without(role, missing) }));
}

function without(role: object, missing: string): object {
  const rules = listField(role, "rules").map((rule) => {
    const verbs = listField(rule, "verbs").filter(
      (right) => !rightsIn({ rules: [{ ...asObject(rule), verbs: [right] }] }).includes(missing),
    );
    return { ...asObject(rule), verbs };
  });
  return { ...role, rules: rules.filter(({ verbs }) => verbs.length > 0) };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function location(namespace: string): object {
  const spec = { pvc: { claimName: "shelf" } };
  return { apiVersion: "dbop.dev/v1alpha1", kind: "BackupLocation", metadata: { name: "store", namespace }, spec };
}

function shelf(namespace: string): object {
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "64Mi" } } };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "shelf", namespace }, spec };
}

const as = ({ kubeconfig }: Account): { env: { KUBECONFIG: string } } => ({ env: { KUBECONFIG: kubeconfig } });

describe.concurrent("rights", () => {
  it("are all named when they are missing, and nothing is touched", async () => {
    await inNamespace("norights", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1 });
      const nobody = await makeAccount(namespace, "nobody");
      const before = await versionsIn(namespace);
      for (const [name, args] of Object.entries(commands(target))) {
        const { stderr } = await dbopEnds(7, args, as(nobody));
        const named = [...stderr.matchAll(/^ {2}\* (.*)$/gmu)].map(([, right]) => right ?? "");
        expect(named.toSorted(), name).toEqual(rightsIn(await roleOf(args)));
        expect(stderr).toContain(`missing rights in namespace "${namespace}"`);
      }
      expect(await versionsIn(namespace)).toEqual(before);
    });
  });

  it("are named one by one when only some are missing", async () => {
    await inNamespace("fewrights", async (namespace) => {
      const target = { namespace, name: "demo" };
      const whole = await roleOf(installCommand(target));
      const withoutSecrets = listField(whole, "rules").filter((rule) => listField(rule, "resources")[0] !== "secrets");
      const somebody = await makeAccount(namespace, "somebody", {
        ...whole,
        rules: [...withoutSecrets, { apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
      });
      const before = await versionsIn(namespace);
      const { stderr } = await dbopEnds(7, installCommand(target), as(somebody));
      expect([...stderr.matchAll(/^ {2}\* (.*)$/gmu)].map(([, right]) => right)).toEqual([
        "create secrets",
        "patch secrets",
      ]);
      expect(await versionsIn(namespace)).toEqual(before);
    });
  });

  it("are each needed: without any one of a sample nothing is done", async () => {
    await inNamespace("oneright", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { replicas: 1 });
      await applyAll([location(namespace), shelf(namespace)]);
      // So that a reconcile has something to do.
      await remove(types.podDisruptionBudget, namespace, target.name);
      const starved = await Promise.all(Object.entries(changes(target)).map(([name, args]) => starve(name, args)));
      await applyAll(starved.flat().flatMap(({ name, role }) => accountWith(namespace, name, role)));
      const before = await versionsIn(namespace);
      await Promise.all(
        starved.map(async (ofOneVerb) => {
          for (const { name, args, missing } of ofOneVerb) {
            const { stderr } = await dbopEnds(7, [...args, "--as", `system:serviceaccount:${namespace}:${name}`]);
            expect(stderr, name).toContain(`  * ${missing}\n`);
          }
        }),
      );
      expect(await versionsIn(namespace)).toEqual(before);
    });
  });

  it("suffice as --print-rbac prints them, for each verb", async () => {
    await inNamespace("rights", async (namespace) => {
      const target = { namespace, name: "demo" };
      const roles = Object.entries(commands(target)).map(
        async ([name, args]) => [name, await makeAccount(namespace, name, await roleOf(args))] as const,
      );
      const accounts = new Map(await Promise.all(roles));
      const may = (name: string): ReturnType<typeof as> => {
        const account = accounts.get(name);
        if (account === undefined) throw new Error(`no account ${name}`);
        return as(account);
      };
      await dbopEnds(0, installCommand(target, { replicas: 1 }), may("install"));
      await putAll(target, someData);
      await dbopEnds(0, verb("scale", target, "--replicas", "3"), may("scale"));
      await loseClaim(target, 2);
      await dbopEnds(0, verb("reconcile", target), may("reconcile"));
      await expectMembers(target, 3);
      const { stdout } = await dbopEnds(0, verb("status", target, "-o", "json"), may("status"));
      expect(textField(JSON.parse(stdout), "kind")).not.toBe("Status");
      await dbopEnds(0, ["list", "-n", namespace], may("status"));
      await dbopEnds(0, verb("history", target), may("status"));
      await dbopEnds(0, verb("scale", target, "--replicas", "1", "--confirm", "demo"), may("scale"));
      await dbopEnds(0, verb("delete", target, "--yes"), may("delete"));
      await dbopEnds(0, installCommand(target, { replicas: 1, flags: ["--adopt"] }), may("install"));
      expect(await readAll(target, "data/")).toEqual(someData);
      await dbopEnds(0, verb("delete", target, "--delete-data", "--confirm", "demo"), may("delete"));
    });
  });
});
