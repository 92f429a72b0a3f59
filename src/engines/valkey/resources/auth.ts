/** The Secret with the password. Kept with the data, like every credential. */
import { createHash } from "node:crypto";
import type { KubeObject } from "../../../kube/objects.ts";
import { keptSecret } from "../../../resources/secret.ts";
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
  return keptSecret(owner(spec), authSecretName(spec), { texts });
}
