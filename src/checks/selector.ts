/** Label selectors as objects carry them (Kubernetes API, LabelSelector). Pure. */
import { field, fieldsOf, listField, textField } from "../kube/fields.ts";

export type Labels = Readonly<Record<string, string>>;

/** An empty selector selects everything, one that is absent nothing. */
export function selects(selector: unknown, labels: Labels): boolean {
  if (selector === undefined) return false;
  const equal = Object.entries(fieldsOf(field(selector, "matchLabels"))).every(([key, value]) => labels[key] === value);
  return equal && listField(selector, "matchExpressions").every((expression) => holds(expression, labels));
}

function holds(expression: unknown, labels: Labels): boolean {
  const value = labels[textField(expression, "key")];
  const listed = listField(expression, "values").some((one) => one === value);
  switch (textField(expression, "operator")) {
    case "In":
      return listed;
    case "NotIn":
      return !listed;
    case "Exists":
      return value !== undefined;
    default:
      return value === undefined;
  }
}
