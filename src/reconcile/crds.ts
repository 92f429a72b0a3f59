/** The CustomResourceDefinitions this program brings, installed when missing and never downgraded. */
import crds from "../api/crds/crds.json" with { type: "json" };
import { DbopError, isDbopError } from "../errors.ts";
import { field, listField, textField } from "../kube/fields.ts";
import { types, type KubeObject } from "../kube/objects.ts";
import { kindIsMissing } from "./look.ts";
import type { PassDeps } from "./request.ts";

/** As they stand in `src/api/crds/`. */
export function crdObjects(): readonly KubeObject[] {
  return crds;
}

/** Installs the kinds if the API server does not serve them. Throws `Forbidden` with the way out when the user may not. */
export async function ensureCrds(deps: PassDeps): Promise<void> {
  if (!(await kindIsMissing(deps))) return;
  deps.report({ type: "note", text: "Installing the DatabaseCluster kind (CustomResourceDefinition)" });
  try {
    for (const crd of crdObjects()) await deps.kube.apply(crd);
  } catch (error) {
    if (!isDbopError(error, "Forbidden")) throw error;
    throw new DbopError("Forbidden", "the kind DatabaseCluster is not installed, and you may not install it", {
      problems: [error.message],
      hint: "let an administrator run: kubectl dbop install --print-crds | kubectl apply --server-side -f -",
    });
  }
  await established(deps);
}

async function established({ kube, clock, signal }: PassDeps): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const found = await Promise.all(crdObjects().map((crd) => kube.get({ type: types.crd, name: crd.metadata.name })));
    if (found.every(isEstablished) && !(await kindIsMissing({ kube }))) return;
    await clock.sleep(100, signal);
  }
  throw new DbopError("Timeout", "the DatabaseCluster kind was applied and the API server does not serve it yet", {
    hint: "run the same command again",
  });
}

function isEstablished(crd: KubeObject | undefined): boolean {
  return listField(field(crd, "status"), "conditions").some(
    (condition) => textField(condition, "type") === "Established" && textField(condition, "status") === "True",
  );
}
