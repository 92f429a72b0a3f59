/** etcd: the engine's parts put together. Start with `plan/rules/index.ts` for what it does, `seen.ts` for what it knows. */
import { types } from "../../kube/objects.ts";
import { selectorText } from "../../resources/labels.ts";
import type { Engine } from "../engine.ts";
import { etcdAccess } from "./access.ts";
import { backupMethod, contents, lastMethod } from "./backup/method.ts";
import { refusesBackup } from "./backup/refuses.ts";
import { etcdChecks } from "./checks/index.ts";
import type { EtcdCommand } from "./commands.ts";
import { authoritySecretName, clientSecretName, memberSecretName, owner } from "./names.ts";
import { observeEtcd } from "./observe/index.ts";
import { planEtcd } from "./plan/index.ts";
import { runEtcdCommand } from "./run/index.ts";
import type { EtcdSeen } from "./seen.ts";
import { parseEtcdSpec, type EtcdSpec } from "./spec.ts";
import { describeEtcd, statusOfEtcd } from "./status.ts";
import { newestVersions } from "./versions.ts";

export const etcd: Engine<EtcdSpec, EtcdSeen, EtcdCommand> = {
  name: "etcd",
  title: "etcd",
  versions: { supported: "3.5.26 and later, 3.6, 3.7", default: "3.6.16", newest: newestVersions },
  sharding: { kind: "none", why: "etcd holds one keyspace" },
  parseSpec: parseEtcdSpec,
  observe: observeEtcd,
  plan: planEtcd,
  run: runEtcdCommand,
  status: statusOfEtcd,
  describe: describeEtcd,
  backup: {
    method: backupMethod,
    contents,
    refuses: ({ version }, manifest) => refusesBackup(version, manifest),
    inPlace: { replacing: (spec, replacement) => ({ ...spec, replacement }), lastMethod },
  },
  checks: etcdChecks,
  access: etcdAccess,
  watches: (spec) => {
    const query = { namespace: spec.namespace, labelSelector: selectorText(owner(spec)) };
    return [types.pod, types.statefulSet, types.claim].map((type) => ({ type, query }));
  },
  belongings: ({ namespace, name }) => {
    const query = { namespace, labelSelector: selectorText({ engine: "etcd", name, namespace, uid: "" }) };
    const secrets = [authoritySecretName, memberSecretName, clientSecretName].map((nameOf) =>
      nameOf({ name, namespace }),
    );
    return {
      workloads: query,
      pods: query,
      claims: query,
      credentials: secrets.map((secret) => ({ type: types.secret, namespace, name: secret })),
    };
  },
};
