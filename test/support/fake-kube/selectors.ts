/** Label and field selectors, as the query string of a list has them. */
import { DbopError } from "../../../src/errors.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import type { Query } from "../../../src/kube/kube-client.ts";
import { at, fieldsOf, isFields, listOf, textOf } from "./json.ts";

export type Test = (object: KubeObject) => boolean;

/** Whether an object is one that `query` asks for. Throws `Invalid` for a selector that cannot be read. */
export function testOf(query: Query): Test {
  const labels = requirements(query.labelSelector ?? "").map(labelTest);
  const fields = requirements(query.fieldSelector ?? "").map(fieldTest);
  return (object) =>
    (query.namespace === undefined || object.metadata.namespace === query.namespace) &&
    labels.every((test) => test(object.metadata.labels ?? {})) &&
    fields.every((test) => test(object));
}

/** Splits at commas outside of parentheses. */
const requirements = (selector: string): string[] =>
  selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");

type Labels = Readonly<Record<string, string>>;

function labelTest(requirement: string): (labels: Labels) => boolean {
  const set = /^([^\s!=(),]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return operator === "in"
      ? (labels) => labels[key] !== undefined && values.includes(labels[key])
      : (labels) => labels[key] === undefined || !values.includes(labels[key]);
  }
  const pair = /^([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)$/.exec(requirement);
  if (pair !== null) {
    const [, key = "", operator, value = ""] = pair;
    return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = /^(!?)\s*([^\s!=(),]+)$/.exec(requirement);
  if (exists === null) throw new DbopError("Invalid", `unable to parse requirement: ${JSON.stringify(requirement)}`);
  const [, not, key = ""] = exists;
  return (labels) => (labels[key] !== undefined) === (not === "");
}

const selectable = new Set([
  "metadata.name",
  "metadata.namespace",
  "spec.nodeName",
  "status.phase",
  "type",
  "involvedObject.name",
  "regarding.name",
  "reason",
]);

function fieldTest(requirement: string): Test {
  const pair = /^([^!=]+?)(==|=|!=)(.*)$/.exec(requirement);
  const [, field = "", operator, value = ""] = pair ?? [];
  if (!selectable.has(field)) throw new DbopError("Invalid", `field label not supported: ${field}`);
  return (object) => ((textOf(at(object, ...field.split("."))) ?? "") === value) === (operator !== "!=");
}

/** Whether `labels` satisfy a LabelSelector of an object's spec. An empty selector takes everything. */
export function selects(selector: unknown, labels: Labels): boolean {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  return (
    Object.entries(fieldsOf(matchLabels)).every(([key, value]) => labels[key] === value) &&
    listOf(matchExpressions)
      .filter(isFields)
      .every(({ key, operator, values }) => {
        const value = labels[String(key)];
        if (operator === "Exists") return value !== undefined;
        if (operator === "DoesNotExist") return value === undefined;
        const among = value !== undefined && listOf(values).includes(value);
        return operator === "In" ? among : !among;
      })
  );
}
