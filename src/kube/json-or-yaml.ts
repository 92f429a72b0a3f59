/** Text of a kubeconfig or of a credential plugin into plain data, the way client-go's codec takes either format. */
import { DbopError } from "../errors.ts";
import { parseSimpleYaml, unsure } from "./simple-yaml.ts";

/** JSON, or the first document of YAML 1.1 as client-go reads it. Throws `Usage` naming the line of a syntax error. */
export async function parseJsonOrYaml(text: string): Promise<unknown> {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text);
    } catch {
      // A flow map of YAML may start like JSON; the YAML parser has the better message too.
    }
  }
  const simple = parseSimpleYaml(text);
  return simple === unsure ? await parseFullYaml(text) : simple;
}

async function parseFullYaml(text: string): Promise<unknown> {
  const { parseAllDocuments } = await import("yaml");
  const options = { version: "1.1", uniqueKeys: false, logLevel: "silent", prettyErrors: true } as const;
  const [document] = parseAllDocuments(text, options);
  if (document === undefined) return {};
  const [problem] = document.errors;
  if (problem !== undefined) {
    // What follows the first colon quotes the text, which may hold a token.
    const what = problem.message.split(/:? at line \d|: /)[0] ?? "";
    throw new DbopError("Usage", `yaml: line ${String(problem.linePos?.[0].line ?? 1)}: ${what}`);
  }
  try {
    return document.toJS();
  } catch (error) {
    throw new DbopError("Usage", "yaml: an alias has no anchor, or there are too many of them", { cause: error });
  }
}
