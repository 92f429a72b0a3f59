/**
 * The KubeClient contract over a real API server, through the client that ships. DBOP_TEST_KUBECONFIG_PATH names a cluster that may be
 * used up; DBOP_TEST_WITHOUT_PODS=1 says that nothing runs pods there.
 */
import { randomUUID } from "node:crypto";
import { homedir } from "node:os";
import { describe, it } from "vitest";
import { resolveAccess, type AccessFlags, type ClusterAccess } from "../../src/kube/access.ts";
import { nodeHost, type HostEnvironment } from "../../src/kube/host.ts";
import { field } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { createRestClient } from "../../src/kube/rest-client.ts";
import { poll } from "../cluster/poll.ts";
import { imageNames } from "../cluster/versions.ts";
import { kubeContract, type Harness } from "../contract/kube-contract.ts";
import type { RbacRule } from "../support/fake-kube/rbac.ts";
import { postJson } from "./post-json.ts";

const path = process.env["DBOP_TEST_KUBECONFIG_PATH"];

if (path === undefined) {
  describe("the KubeClient contract over a real API server", () => {
    it.skip("needs DBOP_TEST_KUBECONFIG_PATH: `npm run cluster -- up` makes a cluster", () => undefined);
  });
} else {
  kubeContract("a real API server", () => realHarness(path), { pods: process.env["DBOP_TEST_WITHOUT_PODS"] !== "1" });
}

async function realHarness(kubeconfig: string): Promise<Harness> {
  const host = hostWith(kubeconfig);
  const admin = await resolveAccess(flags({}), host);
  const kube = client(admin);
  const namespace = `contract-${randomUUID().slice(0, 8)}`;
  const made = await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  return {
    kube,
    namespace,
    as: async (rules) => {
      const user = `contract-${randomUUID().slice(0, 8)}`;
      await grant(admin, { namespace, user, rules });
      const own = client(await resolveAccess(flags({ as: user }), host));
      await inForce(own, { namespace, rules });
      return own;
    },
    image: imageNames.busybox,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    cleanup: async () => {
      await kube.delete(
        { type: types.namespace, name: namespace },
        { uid: made.metadata.uid ?? "", propagation: "Background" },
      );
      kube.close();
    },
  };
}

const client = (access: ClusterAccess): Harness["kube"] =>
  createRestClient(access, { userAgent: "kubectl-dbop/contract" });

const flags = (more: Partial<AccessFlags>): AccessFlags => ({ asGroups: [], ...more });

const hostWith = (kubeconfig: string): HostEnvironment =>
  nodeHost({
    env: { KUBECONFIG: kubeconfig },
    homedir: homedir(),
    cwd: process.cwd(),
    stdinIsTty: false,
    warn: () => undefined,
  });

interface Grant {
  readonly namespace: string;
  readonly user: string;
  readonly rules: readonly RbacRule[];
}

/** The API server's authorizer learns of a new Role by a watch of its own: a moment later. */
async function inForce(kube: Harness["kube"], { namespace, rules }: Omit<Grant, "user">): Promise<void> {
  const reviews = rules.map(
    ({ apiGroups: [group], resources: [full = ""], verbs: [verb], resourceNames: [name] = [] }) => {
      const [resource, subresource] = full.split("/");
      const resourceAttributes = { namespace, group, resource, subresource, verb, name };
      const metadata = { name: "" };
      return {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        metadata,
        spec: { resourceAttributes },
      };
    },
  );
  await poll({ what: "the Role counts", timeoutMs: 120_000 }, async () => {
    const answers = await Promise.all(reviews.map((review) => kube.create(review)));
    return answers.every(({ status }) => field(status, "allowed") === true) ? true : undefined;
  });
}

/** The product reads and writes no Roles, so its client knows none: they are posted directly. */
async function grant(access: ClusterAccess, { namespace, user, rules }: Grant): Promise<void> {
  const group = "rbac.authorization.k8s.io";
  const folder = `/apis/${group}/v1/namespaces/${namespace}`;
  const metadata = { name: user };
  await postJson(access, `${folder}/roles`, { apiVersion: `${group}/v1`, kind: "Role", metadata, rules });
  await postJson(access, `${folder}/rolebindings`, {
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: group, kind: "Role", name: user },
    subjects: [{ apiGroup: group, kind: "User", name: user }],
  });
}
