/** Somebody with rights of their own: a ServiceAccount, and the kubeconfig that makes the plugin act as it. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { listField } from "../../../src/kube/fields.ts";
import { poll } from "../../cluster/poll.ts";
import { applyAll, kubectl } from "./cluster.ts";

export interface Account {
  readonly name: string;
  readonly token: string;
  /** Path of a kubeconfig with the token and nothing else of this account. */
  readonly kubeconfig: string;
}

const group = "rbac.authorization.k8s.io";

/** Makes it, with the rights of `role` (an object as `--print-rbac` prints it) or none. */
export async function makeAccount(namespace: string, name: string, role?: object): Promise<Account> {
  await applyAll(accountWith(namespace, name, role));
  if (role !== undefined) await inForce(namespace, name, role);
  const token = (await kubectl(["create", "token", name, "-n", namespace, "--duration=1h"])).trim();
  return { name, token, kubeconfig: await writeKubeconfig(token) };
}

/** The API server's authorizer learns of a new Role by a watch of its own: a moment later. */
async function inForce(namespace: string, name: string, role: object): Promise<void> {
  const last = listField(role, "rules").at(-1);
  const first = (part: string): string => String(listField(last, part)[0]);
  const [resource = "", subresource] = first("resources").split("/");
  const what = [resource, first("apiGroups")].filter((part) => part !== "").join(".");
  const who = `system:serviceaccount:${namespace}:${name}`;
  const only = subresource === undefined ? [] : [`--subresource=${subresource}`];
  await poll({ what: "the Role counts", timeoutMs: 120_000 }, () =>
    kubectl(["auth", "can-i", first("verbs"), what, ...only, `--as=${who}`, "-n", namespace]).catch(() => undefined),
  );
}

/** The objects it is made of. */
export function accountWith(namespace: string, name: string, role?: object): readonly object[] {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
  return role === undefined
    ? [account]
    : [account, { ...role, metadata: { name, namespace } }, binding(namespace, name)];
}

function binding(namespace: string, name: string): object {
  return {
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata: { name, namespace },
    roleRef: { apiGroup: group, kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  };
}

/** Path of a kubeconfig: the cluster of the suite's own, with this token for a user. */
export async function writeKubeconfig(token: string): Promise<string> {
  const view: unknown = parse(await kubectl(["config", "view", "--minify", "--flatten"]));
  const config = {
    ...(typeof view === "object" ? view : {}),
    users: [{ name: "account", user: { token } }],
    contexts: [{ name: "account", context: { cluster: await clusterName(), user: "account" } }],
    "current-context": "account",
  };
  const path = join(mkdtempSync(join(tmpdir(), "dbop-account-")), "kubeconfig");
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

function clusterName(): Promise<string> {
  return kubectl(["config", "view", "--minify", "-o", "jsonpath={.clusters[0].name}"]);
}
