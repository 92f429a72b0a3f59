/** Rights are checked before the first change, and all that are missing are named at once (conventions 119). */
import { DbopError, isDbopError } from "../errors.ts";
import type { AccessRule, Verb } from "../engines/engine.ts";
import { engines } from "../engines/index.ts";
import { listField, field } from "../kube/fields.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../kube/objects.ts";
import { accessFor, describeRight, rightsOf, type Right } from "./access.ts";

/** What a verb is about to do, and where. */
interface Attempt<T> {
  readonly verb: Verb;
  readonly namespace: string;
  readonly work: () => Promise<T>;
}

/** Does `work`. Whichever of its requests is refused first for want of rights, the `Forbidden` thrown names all that are missing. */
export function namingAllRights<T>(kube: KubeClient, { verb, ...attempt }: Attempt<T>): Promise<T> {
  return namingRights(kube, { ...attempt, rules: () => everyRight(verb) });
}

/** {@link namingAllRights} where it is known which are needed. */
export async function namingRights<T>(
  kube: KubeClient,
  { rules, namespace, work }: Omit<Attempt<T>, "verb"> & { readonly rules: () => readonly AccessRule[] },
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDbopError(error, "Forbidden") && error.problems.length === 0) await requireRights(kube, namespace, rules());
    throw error;
  }
}

/** What `verb` needs while the engine may not be known yet: whatever any engine does. */
export function everyRight(verb: Verb): readonly AccessRule[] {
  return accessFor(
    verb,
    Object.values(engines).flatMap((entry) => entry.use((engine) => engine.access(verb))),
  );
}

/**
 * Throws `Forbidden` with every right of `rules` that the user lacks in `namespace`. One request when all are plainly granted:
 * a rules review may be incomplete, so whatever it does not show is asked for one by one.
 */
export async function requireRights(kube: KubeClient, namespace: string, rules: readonly AccessRule[]): Promise<void> {
  const granted = await grantedRules(kube, namespace);
  const doubtful = rightsOf(rules).filter((right) => !granted.some((rule) => covers(rule, right)));
  const answers = await Promise.all(doubtful.map((right) => isAllowed(kube, namespace, right)));
  const missing = doubtful.filter((_, index) => answers[index] === false);
  if (missing.length === 0) return;
  throw new DbopError("Forbidden", `missing rights in namespace "${namespace}"; nothing was changed`, {
    problems: missing.map(describeRight),
    hint: "the same command with --print-rbac prints the Role that suffices",
  });
}

async function grantedRules(kube: KubeClient, namespace: string): Promise<readonly unknown[]> {
  const review = await kube.create({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    metadata: nameless,
    spec: { namespace },
  });
  return listField(review["status"], "resourceRules").filter((rule) => listField(rule, "resourceNames").length === 0);
}

function covers(rule: unknown, right: Right): boolean {
  const has = (name: string, value: string): boolean =>
    listField(rule, name).some((item) => item === value || item === "*");
  return has("apiGroups", right.apiGroup) && has("resources", right.resource) && has("verbs", right.verb);
}

async function isAllowed(kube: KubeClient, namespace: string, right: Right): Promise<boolean> {
  const [resource, subresource] = right.resource.split("/");
  const review = await kube.create({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    metadata: nameless,
    spec: {
      resourceAttributes: {
        namespace,
        group: right.apiGroup,
        resource,
        verb: right.verb,
        ...(subresource === undefined ? {} : { subresource }),
      },
    },
  });
  return field(review["status"], "allowed") === true;
}

/** Reviews are questions: they are not stored and have no name. */
const nameless: KubeObject["metadata"] = { name: "" };
