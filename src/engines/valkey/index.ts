/** Valkey: the engine's parts put together. Start with `plan/rules/index.ts` for what it does, `seen.ts` for what it knows. */
import { types } from "../../kube/objects.ts";
import { selectorText } from "../../resources/labels.ts";
import type { Engine } from "../engine.ts";
import { valkeyAccess } from "./access.ts";
import { contents } from "./backup/contents.ts";
import { backupMethod } from "./backup/method.ts";
import { refusesBackup } from "./backup/refuses.ts";
import { valkeyChecks } from "./checks/index.ts";
import type { ValkeyCommand } from "./commands.ts";
import { authoritySecretName, authSecretName, certificateSecretName, owner } from "./names.ts";
import { observeValkey } from "./observe/index.ts";
import { planValkey } from "./plan/index.ts";
import { runValkeyCommand } from "./run.ts";
import type { ValkeySeen } from "./seen.ts";
import { defaultShards, parseValkeySpec, type ValkeySpec } from "./spec.ts";
import { describeValkey, statusOfValkey } from "./status.ts";
import { newestVersions } from "./versions.ts";

export const valkey: Engine<ValkeySpec, ValkeySeen, ValkeyCommand> = {
  name: "valkey",
  title: "Valkey Cluster",
  versions: {
    supported: "8.0, 8.1, 9.0, 9.1; Redis 7.0, 7.2, 7.4, 8.0, 8.2, 8.4",
    default: "9.1.2",
    newest: newestVersions,
  },
  sharding: { kind: "shards", default: defaultShards },
  parseSpec: parseValkeySpec,
  observe: observeValkey,
  plan: planValkey,
  run: runValkeyCommand,
  status: statusOfValkey,
  describe: describeValkey,
  backup: { method: backupMethod, contents, refuses: refusesBackup },
  checks: valkeyChecks,
  access: valkeyAccess,
  watches: (spec) => {
    const query = { namespace: spec.namespace, labelSelector: selectorText(owner(spec)) };
    return [types.pod, types.statefulSet, types.claim].map((type) => ({ type, query }));
  },
  belongings: ({ namespace, name }) => {
    const query = { namespace, labelSelector: selectorText(owner({ name, namespace, uid: "" })) };
    return {
      workloads: query,
      pods: query,
      claims: query,
      credentials: [authSecretName, certificateSecretName, authoritySecretName].map((nameOf) => ({
        type: types.secret,
        namespace,
        name: nameOf({ name, namespace }),
      })),
    };
  },
};
