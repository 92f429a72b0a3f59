/** What the API server says of a StatefulSet. Pure. */
import { field, listField, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";

/** The revision that new pods get; undefined until the controller has seen the newest template. */
export function updateRevision(set: KubeObject | undefined): string | undefined {
  if (set === undefined || numberField(set["status"], "observedGeneration") < (set.metadata.generation ?? 0))
    return undefined;
  return textField(set["status"], "updateRevision") || undefined;
}

/** Size in its one claim template. */
export function claimSizeOf(set: KubeObject): string {
  const [template] = listField(set["spec"], "volumeClaimTemplates");
  return textField(field(field(field(template, "spec"), "resources"), "requests"), "storage");
}

/** Without the claim templates, which can't be changed in place and are looked at apart. */
export function changeablePart(set: KubeObject): KubeObject {
  const { volumeClaimTemplates: _, ...spec } = { ...asMap(set["spec"]) };
  return { ...set, spec };
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
