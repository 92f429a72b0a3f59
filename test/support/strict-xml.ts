/** A reader of XML that is strict about being well-formed (XML 1.0, 2.1): enough for reports, without DTDs and namespaces. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const name = "[A-Za-z_][\\w.-]*";
const token = new RegExp(
  `<(?<close>/)?(?<name>${name})(?<attributes>(?:\\s+${name}="[^"<]*")*)\\s*(?<empty>/)?>|(?<text>[^<]+)`,
  "uy",
);
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#10": "\n" };

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** The one root element. Throws at whatever a parser would refuse. */
export function parseXml(source: string): Element {
  const root: Open = { name: "", attributes: {}, children: [], text: "" };
  const open: Open[] = [root];
  const head = /^<\?xml version="1\.0" encoding="UTF-8"\?>/u.exec(source)?.[0] ?? "";
  for (token.lastIndex = head.length; token.lastIndex < source.length;) {
    const at = token.lastIndex;
    const found = token.exec(source)?.groups;
    if (found === undefined) throw new Error(`not well-formed at: ${source.slice(at, at + 60)}`);
    take(open, found);
  }
  const [only, ...others] = root.children;
  if (only === undefined || others.length > 0 || open.length !== 1 || root.text.trim() !== "")
    throw new Error("there must be one root");
  return only;
}

function take(open: Open[], found: Readonly<Record<string, string | undefined>>): void {
  const top = open.at(-1);
  if (top === undefined) throw new Error("more is closed than was opened");
  if (found["text"] !== undefined) top.text += decode(found["text"]);
  else if (found["close"] !== undefined) close(open, found["name"] ?? "");
  else {
    const next: Open = {
      name: found["name"] ?? "",
      attributes: attributesOf(found["attributes"] ?? ""),
      children: [],
      text: "",
    };
    open.push(next);
    if (found["empty"] !== undefined) close(open, next.name);
  }
}

function close(open: Open[], closing: string): void {
  const done = open.pop();
  if (done?.name !== closing) throw new Error(`</${closing}> closes <${done?.name ?? ""}>`);
  open.at(-1)?.children.push(done);
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(new RegExp(`(${name})="([^"]*)"`, "gu"))].map(
    ([, key = "", value = ""]) => [key, decode(value)] as const,
  );
  if (new Set(pairs.map(([key]) => key)).size !== pairs.length) throw new Error(`an attribute twice:${text}`);
  return Object.fromEntries(pairs);
}

function decode(text: string): string {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/u.test(text))
    throw new Error("a character that XML does not have");
  return text.replaceAll(/&([^;]*;?)/gu, (_, entity: string) => {
    const plain = entity.endsWith(";") ? entities[entity.slice(0, -1)] : undefined;
    if (plain === undefined) throw new Error(`no entity: &${entity}`);
    return plain;
  });
}
