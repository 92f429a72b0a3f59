/** What an HTTP request asks of the API server, in the words of faults. */
import { types } from "../../../src/kube/objects.ts";
import type { Call, CallVerb } from "../fake-kube/faults.ts";

export type Asked = Omit<Call, "client" | "n" | "nth">;

/** `/api/v1` or `/apis/GROUP/VERSION`, maybe a namespace, a plural, maybe a name and a subresource. */
const resourcePath = /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/u;

export function askedBy(method: string, target: string): Asked {
  const { pathname, searchParams } = new URL(target, "https://any");
  const [, namespace, plural = "", name = "", below] = resourcePath.exec(pathname) ?? [];
  const kind = Object.values(types).find((type) => type.plural === plural)?.kind;
  const dryRun = searchParams.get("dryRun") === "All";
  const argv = below === "exec" ? searchParams.getAll("command") : undefined;
  const subresource = below === "status" ? below : undefined;
  if (kind === undefined) {
    return { verb: "raw", kind, namespace: undefined, name: pathname, subresource, dryRun, argv };
  }
  const watch = searchParams.get("watch") === "true";
  const verb = below === "exec" || below === "log" ? below : verbOf(method, { name, watch });
  return { verb, kind, namespace, name, subresource, dryRun, argv };
}

function verbOf(method: string, { name, watch }: { readonly name: string; readonly watch: boolean }): CallVerb {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "apply";
    case "DELETE":
      return "delete";
    default:
      return watch ? "watch" : name === "" ? "list" : "get";
  }
}
