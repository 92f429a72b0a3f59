/** A canary: what is secret stays in Secrets and in the kubeconfig, however much is told. */
import { describe, expect, it } from "vitest";
import { field } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { admin, kubectl } from "../support/real/cluster.ts";
import { dbop, dbopEnds, installCommand, verb } from "../support/real/dbop.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { makeAccount } from "../support/real/service-account.ts";

/** Texts that give a value of a Secret away: it as stored, and each long line of what it is. */
async function canaries(namespace: string): Promise<readonly string[]> {
  const { kube } = await admin();
  const { items } = await kube.list(types.secret, { namespace });
  const values = items.flatMap((secret) => valuesOf(field(secret, "data")));
  const lines = values.flatMap((value) => Buffer.from(value, "base64").toString("utf8").split("\n"));
  return [
    ...values.map((value) => value.slice(0, 60)),
    ...lines.filter((line) => line.length >= 40 && !line.startsWith("-----")),
  ];
}

function valuesOf(data: unknown): readonly string[] {
  return typeof data === "object" && data !== null ? Object.values(data).map(String) : [];
}

const everything = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
};

describe("private keys, certificates and tokens", () => {
  it("are in no output at any verbosity, no Event, no annotation and no status", async () => {
    await inNamespace("canary", async (namespace) => {
      const target = { namespace, name: "demo" };
      const { kubeconfig, token } = await makeAccount(namespace, "canary", everything);
      const options = { env: { KUBECONFIG: kubeconfig } };
      const told: string[] = [];
      const tell = async (...args: readonly string[]): Promise<void> => {
        const { stdout, stderr } = await dbop([...args, "--v=9"], options);
        told.push(stdout, stderr);
      };
      const { stdout, stderr } = await dbopEnds(
        0,
        [...installCommand(target, { replicas: 1 }), "--v=9", "-o", "json"],
        options,
      );
      told.push(stdout, stderr);
      expect(stderr, "told how it called the API server").toMatch(/PATCH|GET/u);
      await tell(...verb("status", target, "-o", "yaml"));
      await tell(...verb("reconcile", target, "-o", "json"));
      await tell(...verb("scale", target, "--replicas", "3", "--dry-run=server"));
      await tell(...verb("history", target, "-o", "json"));
      await tell("list", "-A");
      await tell(...verb("delete", target, "--delete-data"));
      await tell("version");

      const secrets = [token, token.split(".")[2] ?? token, ...(await canaries(namespace))];
      expect(secrets.length).toBeGreaterThan(20);
      const objects = await kubectl([
        "get",
        "dbc,sts,pods,svc,cm,pvc,pdb,events,leases",
        "-n",
        namespace,
        "-o",
        "json",
        "--show-managed-fields",
      ]);
      for (const secret of secrets) {
        for (const text of told) expect(text.includes(secret), `${secret.slice(0, 8)}… was told`).toBe(false);
        expect(objects.includes(secret), `${secret.slice(0, 8)}… is in an object`).toBe(false);
      }
    });
  });
});
