/**
 * Keeps secrets out of messages and traces. Headers are never printed at all; this is about bodies, and about server messages that
 * quote what was sent. Pure.
 */
import { Buffer } from "node:buffer";
import { field, textField } from "./fields.ts";
import { isRecord } from "./parsed-json.ts";
import type { JsonRecord } from "./parsed-json.ts";

const hidden = "<redacted>";

/** Keys whose string values are credentials wherever they stand: TokenRequest, kubeconfig, object storage, engine configuration. */
const credentialKey =
  /^(.*password|.*passwd|.*token|authorization|.*private-?key|client-?key-?data|.*secret-?access-?key|.*secret-?key)$/i;
/** A name in an `env` list that announces a credential. */
const credentialName = /(password|passwd|token|secret|credential|private_?key|access_?key)/i;
/** kubectl's copy of a whole object, Secret data included. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
/** Shorter values would turn unrelated words of a message into holes; they are hidden only between quotes. */
const shortestReplacedAnywhere = 4;

/** A copy of any JSON fit to be shown: values of Secrets and of fields that hold credentials are replaced. */
export function redactJson(value: unknown, insideSecret = false): unknown {
  if (Array.isArray(value)) return value.map((item) => redactJson(item, insideSecret));
  if (!isRecord(value)) return value;
  const kind = textField(value, "kind");
  const secret = insideSecret || kind === "Secret" || kind === "SecretList";
  return Object.fromEntries(Object.keys(value).map((key) => [key, redactField(value, key, secret)]));
}

function redactField(owner: JsonRecord, key: string, secret: boolean): unknown {
  const value = owner[key];
  if (key === lastApplied) return hidden;
  if (typeof value === "string") return value !== "" && holdsCredential(owner, key) ? hidden : value;
  const valuesOfSecret = secret && (key === "data" || key === "stringData");
  return valuesOfSecret && isRecord(value) ? hideValues(value) : redactJson(value, secret);
}

function holdsCredential(owner: JsonRecord, key: string): boolean {
  return credentialKey.test(key) || (key === "value" && credentialName.test(textField(owner, "name")));
}

function hideValues(data: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.keys(data).map((key) => [key, hidden]));
}

/** A body as it may be printed. Text that is not JSON is shown only by its length: nothing is known about it. */
export function redactBody(body: string): string {
  if (body === "") return "";
  try {
    return JSON.stringify(redactJson(JSON.parse(body)));
  } catch {
    return `<${body.length} characters that are not JSON>`;
  }
}

/** The values of a Secret about to be written, encoded and decoded, for {@link redactText}. Empty for any other object. */
export function secretValues(object: unknown): readonly string[] {
  if (textField(object, "kind") !== "Secret") return [];
  const encoded = strings(field(object, "data")); // of any depth: a mistyped value is quoted as well
  const decoded = encoded.map((value) => Buffer.from(value, "base64").toString("utf8"));
  return [...encoded, ...decoded, ...strings(field(object, "stringData"))].filter((value) => value !== "");
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

/** A server's message without the given values, as they are or as Go's `%q` and JSON quote them, nor the body fragments of decoding errors. */
export function redactText(text: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return text;
  // json-iterator quotes the bytes around the offending one: "…, error found in #10 byte of ...|data":{"a":"x|..., bigger context ..."
  const whole = text.replace(/,? ?error found in #\d+ byte of .*$/s, "");
  const forms = secrets.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return longestFirst.reduce(hideOne, whole);
}

function hideOne(text: string, value: string): string {
  if (value.length >= shortestReplacedAnywhere) return text.replaceAll(value, hidden);
  return ['"', "'", "`"].reduce((seen, quote) => seen.replaceAll(quote + value + quote, quote + hidden + quote), text);
}
