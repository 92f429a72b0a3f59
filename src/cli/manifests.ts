/** Reads what `-f` names (files, directories, standard input; YAML or JSON, several documents, Lists) into DatabaseClusters. */
import type { Document } from "yaml";
import { DbopError } from "../errors.ts";
import { field, listField, textField } from "../kube/fields.ts";
import { types, type KubeObject } from "../kube/objects.ts";
import type { InputFiles } from "./deps.ts";
import { usageError } from "./problems.ts";

export interface ManifestSource {
  readonly paths: readonly string[];
  readonly recursive: boolean;
  readonly files: InputFiles;
}

const extensions = [".yaml", ".yml", ".json"];
const wanted = types.databaseCluster;

/** Every DatabaseCluster, in the order given. Throws `Usage` with every problem: file, document, line. */
export async function readManifests(source: ManifestSource): Promise<readonly KubeObject[]> {
  const { parseAllDocuments } = await import("yaml");
  const texts = await Promise.all(source.paths.map((path) => textsOf(path, source)));
  const problems: string[] = [];
  const found: KubeObject[] = [];
  for (const { path, text } of texts.flat()) {
    const documents = parseAllDocuments(text);
    const parsed = Array.isArray(documents) ? documents : [];
    for (const [index, document] of parsed.entries()) {
      const read = readDocument(document, parsed.length === 1 ? path : `${path}, document ${index + 1}`);
      problems.push(...read.problems);
      found.push(...read.clusters);
    }
  }
  problems.push(...twice(found));
  if (problems.length === 0 && found.length === 0) problems.push("no objects passed to install");
  if (problems.length > 0) throw usageError("install", problems);
  return found;
}

/** Two wishes for one database contradict each other, and the second would be an order to change what the first has made. */
function twice(clusters: readonly KubeObject[]): readonly string[] {
  const names = clusters.map(({ metadata: { namespace, name } }) =>
    namespace === undefined ? name : `${namespace}/${name}`,
  );
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => `DatabaseCluster ${name} is given more than once`);
}

/** `cluster` in the namespace it belongs to: its own, else the one asked for, else the context's. Throws `Usage` when two contradict. */
export function inNamespace(cluster: KubeObject, asked: string | undefined, ofContext: string): KubeObject {
  const own = cluster.metadata.namespace;
  if (own !== undefined && asked !== undefined && own !== asked) {
    // kubectl's own words.
    throw usageError("install", [
      `the namespace from the provided object "${own}" does not match the namespace "${asked}". ` +
        `You must pass '--namespace=${own}' to perform this operation.`,
    ]);
  }
  return { ...cluster, metadata: { ...cluster.metadata, namespace: own ?? asked ?? ofContext } };
}

interface Text {
  readonly path: string;
  readonly text: string;
}

async function textsOf(path: string, { files, recursive }: ManifestSource): Promise<Text[]> {
  try {
    if (path === "-") return [{ path: "standard input", text: await files.read("-") }];
    const inside = await files.list(path, recursive);
    const paths = inside?.filter((name) => extensions.some((extension) => name.endsWith(extension))) ?? [path];
    return await Promise.all(paths.map(async (name) => ({ path: name, text: await files.read(name) })));
  } catch (error) {
    const code = textField(error, "code");
    if (code === "") throw error;
    const why = code === "ENOENT" ? "does not exist" : `can't be read (${code})`;
    throw new DbopError("Usage", `the path "${path}" ${why}`, { cause: error });
  }
}

interface ReadDocument {
  readonly clusters: readonly KubeObject[];
  readonly problems: readonly string[];
}

function readDocument(document: Document, place: string): ReadDocument {
  const problems = syntaxProblems(document, place);
  if (problems.length > 0) return { clusters: [], problems };
  const { value, problem } = valueOf(document);
  if (problem !== undefined) return { clusters: [], problems: [`${place}: ${problem}`] };
  if (value === null || value === undefined) return { clusters: [], problems: [] };
  const isList = textField(value, "kind") === "List";
  const items = isList ? listField(value, "items") : [value];
  const read = items.map((item, index) => readObject(item, isList ? `${place}, item ${index + 1}` : place));
  return { clusters: read.flatMap((one) => one.clusters), problems: read.flatMap((one) => one.problems) };
}

const tooDeep = "is nested too deeply to be read";

function syntaxProblems({ errors }: Document, place: string): readonly string[] {
  if (errors.some(({ code }) => code === "RESOURCE_EXHAUSTION")) return [`${place}: ${tooDeep}`];
  return errors.map(({ linePos, message }) => {
    const line = linePos?.[0].line;
    return `${place}${line === undefined ? "" : `, line ${line}`}: ${message.split("\n")[0] ?? ""}`;
  });
}

/** What aliases stand for is known only now: too much, nothing, or what they are part of, which JSON has no words for. */
function valueOf(document: Document): { readonly value?: unknown; readonly problem?: string } {
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value);
    return { value };
  } catch (error) {
    if (error instanceof RangeError) return { problem: tooDeep };
    if (error instanceof TypeError) return { problem: "an alias stands for what it is part of" };
    if (error instanceof ReferenceError) return { problem: error.message };
    throw error;
  }
}

function readObject(value: unknown, place: string): ReadDocument {
  const wrong = (problem: string): ReadDocument => ({ clusters: [], problems: [`${place}: ${problem}`] });
  const apiVersion = textField(value, "apiVersion");
  const kind = textField(value, "kind");
  const metadata = field(value, "metadata");
  const name = textField(metadata, "name");
  const namespace = textField(metadata, "namespace");
  if (apiVersion === "" || kind === "") return wrong("apiVersion and kind must be set");
  if (kind !== wanted.kind || apiVersion !== wanted.apiVersion) {
    return wrong(`is a ${apiVersion} ${kind}; this verb takes ${wanted.apiVersion} ${wanted.kind} only`);
  }
  if (name === "") return wrong("metadata.name must be set");
  const whole: Readonly<Record<string, unknown>> = typeof value === "object" ? { ...value } : {};
  const meta: Readonly<Record<string, unknown>> = typeof metadata === "object" ? { ...metadata } : {};
  const cluster = { ...whole, apiVersion, kind, metadata: { ...meta, name, ...(namespace !== "" && { namespace }) } };
  return { clusters: [cluster], problems: [] };
}
