/** The Secret with the password. Kept with the data, like every credential. */
import { createHash } from "node:crypto";
import type { KubeObject } from "../../../kube/objects.ts";
import { keptMeta } from "../../../resources/labels.ts";
import { authSecretName, owner } from "../names.ts";
import type { ValkeySpec } from "../spec.ts";

/** @param password without spaces and quotes: it is a word in a configuration file. */
export function authSecret(spec: ValkeySpec, password: string): KubeObject {
  const digest = createHash("sha256").update(password).digest("hex");
  const texts = {
    password,
    "users.acl": `user default on sanitize-payload #${digest} ~* &* +@all\n`,
    "auth.conf": `masterauth ${password}\n`,
  };
  const data = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: keptMeta(owner(spec), authSecretName(spec)),
    type: "Opaque",
    data: Object.fromEntries(data),
  };
}
