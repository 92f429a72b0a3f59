/** The work behind each verb, loaded with the first use of it: reading a list must not load what plans an install. */
import type { Verbs } from "./deps.ts";

export const verbs: Verbs = {
  install: async (request, run) => (await import("./verbs/change.ts")).install(request, run),
  scale: async (request, run) => (await import("./verbs/change.ts")).scale(request, run),
  upgrade: async (request, run) => (await import("./verbs/change.ts")).upgrade(request, run),
  reshard: async (request, run) => (await import("./verbs/change.ts")).reshard(request, run),
  rotate: async (request, run) => (await import("./verbs/change.ts")).rotate(request, run),
  schedule: async (request, run) => (await import("./verbs/change.ts")).schedule(request, run),
  reconcile: async (request, run) => (await import("./verbs/change.ts")).reconcile(request, run),
  backup: async (request, run) => (await import("./verbs/backup.ts")).backup(request, run),
  restore: async (request, run) => (await import("./verbs/restore.ts")).restore(request, run),
  restoreInPlace: async (request, run) => (await import("./verbs/restore.ts")).restoreInPlace(request, run),
  backups: async (query, reading) => (await import("./verbs/backup.ts")).backups(query, reading),
  delete: async (request, run) => (await import("./verbs/remove.ts")).remove(request, run),
  unlock: async (request, run) => (await import("./verbs/remove.ts")).unlock(request, run),
  storedBackups: async (query, reading) => (await import("./verbs/backup.ts")).storedBackups(query, reading),
  status: async (query, reading) => (await import("./verbs/read.ts")).status(query, reading),
  list: async (query, reading) => (await import("./verbs/read.ts")).list(query, reading),
  check: async (query, reading) => (await import("./verbs/check.ts")).check(query, reading),
  checkForeign: async (request, reading) => (await import("./verbs/check.ts")).checkOther(request, reading),
  history: async (request, reading) => (await import("./verbs/read.ts")).history(request, reading),
  rbac: async (verb, namespace) => (await import("./verbs/print.ts")).rbac(verb, namespace),
  crds: async () => (await import("./verbs/print.ts")).crds(),
  engines: async () => (await import("./verbs/print.ts")).engineChoices(),
};
