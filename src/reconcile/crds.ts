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

/** What an administrator runs. Forced, since a first install has made this program the owner of their fields. */
export const renewKinds = "kubectl dbop install --print-crds | kubectl apply --server-side --force-conflicts -f -";

/** Installs the kinds that the API server does not serve. Throws `Forbidden` with the way out when the user may not. */
export async function ensureCrds(deps: PassDeps): Promise<void> {
  const missing = await missingKinds(deps);
  if (missing.length === 0) return;
  const kinds = missing.map(kindOf).join(", ");
  deps.report({ type: "note", text: `Installing ${kinds} (CustomResourceDefinitions)` });
  try {
    for (const crd of missing) await deps.kube.apply(crd);
  } catch (error) {
    if (!isDbopError(error, "Forbidden")) throw error;
    throw new DbopError("Forbidden", `not installed, and you may not install it: ${kinds}`, {
      problems: [error.message],
      hint: `let an administrator run: ${renewKinds}`,
    });
  }
  await established(deps);
}

/** Those that an older release has not brought. */
async function missingKinds({ kube }: Pick<PassDeps, "kube">): Promise<readonly KubeObject[]> {
  if (await kindIsMissing({ kube })) return crdObjects();
  const served = listField(await kube.raw("/apis/dbop.dev/v1alpha1"), "resources").map((one) => textField(one, "kind"));
  return crdObjects().filter((crd) => !served.includes(kindOf(crd)));
}

function kindOf(crd: KubeObject): string {
  return textField(field(crd["spec"], "names"), "kind");
}

async function established({ kube, clock, signal }: PassDeps): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const found = await Promise.all(crdObjects().map((crd) => kube.get({ type: types.crd, name: crd.metadata.name })));
    if (found.every(isEstablished) && (await missingKinds({ kube })).length === 0) return;
    await clock.sleep(100, signal);
  }
  throw new DbopError("Timeout", "the kinds were applied and the API server does not serve them yet", {
    hint: "run the same command again",
  });
}

function isEstablished(crd: KubeObject | undefined): boolean {
  return listField(field(crd, "status"), "conditions").some(
    (condition) => textField(condition, "type") === "Established" && textField(condition, "status") === "True",
  );
}
