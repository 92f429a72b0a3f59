/** Who may do what: RBAC rules, and the reviews that answer for them. */
import { DbopError } from "../../../src/errors.ts";
import type { KubeObject, ResourceType } from "../../../src/kube/objects.ts";
import { groupOf } from "./api-errors.ts";
import { at, fieldsOf, textOf } from "./json.ts";

/** One rule of a Role (`namespace` set) or ClusterRole. `*` is a wildcard; a subresource is `pods/exec`. */
export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly namespace?: string;
}

export type Rights = readonly RbacRule[] | "all";

export interface Attempt {
  readonly verb: string;
  readonly group: string;
  /** Plural, with its subresource after a slash. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

export function attempt(
  verb: string,
  type: ResourceType,
  where: { readonly namespace?: string | undefined; readonly name?: string | undefined },
  subresource?: string,
): Attempt {
  const { namespace, name } = where;
  return {
    verb,
    group: groupOf(type.apiVersion),
    resource: subresource === undefined ? type.plural : `${type.plural}/${subresource}`,
    ...(namespace !== undefined && namespace !== "" && { namespace }),
    ...(name !== undefined && name !== "" && { name }),
  };
}

function allows(rights: Rights, wish: Attempt): boolean {
  if (rights === "all") return true;
  // Every authenticated user holds system:basic-user.
  if (wish.verb === "create" && wish.resource.startsWith("selfsubject")) return true;
  const subresource = wish.resource.split("/")[1];
  return rights.some(
    (rule) =>
      has(rule.verbs, wish.verb) &&
      has(rule.apiGroups, wish.group) &&
      (has(rule.resources, wish.resource) ||
        (subresource !== undefined && rule.resources.includes(`*/${subresource}`))) &&
      (rule.namespace === undefined || rule.namespace === wish.namespace) &&
      (rule.resourceNames === undefined ||
        rule.resourceNames.length === 0 ||
        (wish.name !== undefined && rule.resourceNames.includes(wish.name))),
  );
}

const has = (list: readonly string[], item: string): boolean => list.includes("*") || list.includes(item);

/** Throws `Forbidden` in the API server's words. */
export function requireRight(user: string, rights: Rights, wish: Attempt): void {
  if (allows(rights, wish)) return;
  const [plural = "", subresource] = wish.resource.split("/");
  const subject = `${wish.group === "" ? plural : `${plural}.${wish.group}`}${wish.name === undefined ? "" : ` "${wish.name}"`}`;
  const where = wish.namespace === undefined ? "at the cluster scope" : `in the namespace "${wish.namespace}"`;
  const resource = subresource === undefined ? plural : wish.resource;
  throw new DbopError(
    "Forbidden",
    `${subject} is forbidden: User "${user}" cannot ${wish.verb} resource "${resource}" in API group "${wish.group}" ${where}`,
  );
}

/** The answer to a SelfSubjectAccessReview, SelfSubjectRulesReview or SelfSubjectReview; undefined for any other object. */
export function review(object: KubeObject, user: string, rights: Rights): KubeObject | undefined {
  const spec = fieldsOf(object["spec"]);
  if (object.kind === "SelfSubjectAccessReview") return { ...object, status: accessStatus(spec, rights) };
  if (object.kind === "SelfSubjectRulesReview")
    return { ...object, status: rulesStatus(textOf(spec["namespace"]) ?? "", rights) };
  if (object.kind === "SelfSubjectReview")
    return {
      ...object,
      status: {
        userInfo: {
          username: user,
          groups: rights === "all" ? ["system:masters", "system:authenticated"] : ["system:authenticated"],
        },
      },
    };
  return undefined;
}

function accessStatus(spec: Readonly<Record<string, unknown>>, rights: Rights): Readonly<Record<string, unknown>> {
  const text = (field: string): string => textOf(at(spec, "resourceAttributes", field)) ?? "";
  if (spec["resourceAttributes"] === undefined) return { allowed: true };
  const [subresource, namespace, name] = [text("subresource"), text("namespace"), text("name")];
  const allowed = allows(rights, {
    verb: text("verb"),
    group: text("group"),
    resource: subresource === "" ? text("resource") : `${text("resource")}/${subresource}`,
    ...(namespace !== "" && { namespace }),
    ...(name !== "" && { name }),
  });
  return { allowed };
}

function rulesStatus(namespace: string, rights: Rights): Readonly<Record<string, unknown>> {
  const everything: RbacRule = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
  const rules =
    rights === "all"
      ? [everything]
      : rights.filter((rule) => rule.namespace === undefined || rule.namespace === namespace);
  const basic = {
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    verbs: ["create"],
  };
  return {
    resourceRules: [
      basic,
      ...rules.map(({ apiGroups, resources, verbs, resourceNames }) => ({
        apiGroups,
        resources,
        verbs,
        ...(resourceNames && { resourceNames }),
      })),
    ],
    nonResourceRules: [
      {
        verbs: ["get"],
        nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/version"],
      },
    ],
    incomplete: false,
  };
}
