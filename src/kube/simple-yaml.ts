/**
 * The part of YAML that `kubectl config` and the cloud CLIs write, read in well under a millisecond. Loading and running the `yaml`
 * package costs 25–70 ms of a command whose whole start-up should be 150, so it is loaded only for files that use more than this.
 */

interface Line {
  readonly indent: number;
  readonly text: string;
  /** Follows an empty line or a comment, which would count inside a scalar of several lines. */
  readonly afterGap: boolean;
}

interface Cursor {
  readonly lines: Line[];
  at: number;
}

/** What a parser returns for anything it is not sure to read as YAML 1.1 would be: the caller then asks the `yaml` package. */
export const unsure = Symbol("unsure");

/**
 * `text` as plain data, or {@link unsure}. Reads block maps and lists of plain and quoted scalars; comments on their own line; `{}` and `[]`.
 * Whatever else there is (anchors, tags, flow collections, block scalars, tabs, several documents, syntax errors) is {@link unsure}.
 */
export function parseSimpleYaml(text: string): unknown {
  const lines = linesOf(text);
  if (lines === undefined) return unsure;
  const [first] = lines;
  if (first === undefined) return {};
  if (first.indent !== 0) return unsure;
  const cursor = { lines, at: 0 };
  const value = block(cursor, 0);
  return cursor.at === lines.length ? value : unsure;
}

function linesOf(text: string): Line[] | undefined {
  // Tabs, a byte order mark, other line ends and a second document have rules of their own; a `---` at the very top has none.
  const body = text.replace(/^---\r?\n/, "");
  if (/[\t\uFEFF\u0085\u2028\u2029]|\r(?!\n)|^(?:---|\.\.\.|%)/m.test(body)) return undefined;
  const lines = body.split("\n").map((line) => ({ indent: line.length - line.trimStart().length, text: line.trim() }));
  return lines
    .map((line, index) => ({ ...line, afterGap: isGap(lines[index - 1]?.text) }))
    .filter(({ text: content }) => !isGap(content));
}

/** Whether a line holds nothing, or only a comment. */
function isGap(content: string | undefined): boolean {
  return content === "" || content?.startsWith("#") === true;
}

function block(cursor: Cursor, indent: number): unknown {
  return isItem(cursor.lines[cursor.at]) ? list(cursor, indent) : map(cursor, indent);
}

function isItem(line: Line | undefined): boolean {
  return line !== undefined && (line.text === "-" || line.text.startsWith("- "));
}

function list(cursor: Cursor, indent: number): unknown {
  const items: unknown[] = [];
  for (let line = cursor.lines[cursor.at]; line?.indent === indent && isItem(line); line = cursor.lines[cursor.at]) {
    const rest = line.text.slice(1);
    const body = rest.trimStart();
    if (body === "") return unsure;
    const inner = { afterGap: false, indent: indent + 1 + rest.length - body.length, text: body };
    let item: unknown;
    if (isItem(inner) || keyOf(body) !== undefined) {
      // "- name: x" opens a block whose first line starts after the dash.
      cursor.lines[cursor.at] = inner;
      item = block(cursor, inner.indent);
    } else {
      cursor.at += 1;
      item = lastOfItsBlock(cursor, indent) ? scalar(body) : unsure;
    }
    if (item === unsure) return unsure;
    items.push(item);
  }
  return items;
}

function map(cursor: Cursor, indent: number): unknown {
  const entries = new Map<string, unknown>();
  for (let line = cursor.lines[cursor.at]; line?.indent === indent && !isItem(line); line = cursor.lines[cursor.at]) {
    const key = keyOf(line.text);
    if (key === undefined || entries.has(key)) return unsure;
    cursor.at += 1;
    const value = valueOf(cursor, indent, line.text.slice(key.length + 1).trimStart());
    if (value === unsure) return unsure;
    entries.set(key, value);
  }
  return entries.size === 0 ? unsure : Object.fromEntries(entries);
}

/** The value after `key:`: on the same line, or the block below. A list may stand at the indentation of its key. */
function valueOf(cursor: Cursor, indent: number, rest: string): unknown {
  if (rest !== "") return lastOfItsBlock(cursor, indent) ? scalar(rest) : folded(cursor, indent, rest);
  const next = cursor.lines[cursor.at];
  if (next === undefined || next.indent < indent) return null;
  if (next.indent > indent) return block(cursor, next.indent);
  return isItem(next) ? list(cursor, indent) : null;
}

/** A plain scalar that goes on in deeper lines, as gcloud writes its installHint: line ends read as spaces. */
function folded(cursor: Cursor, indent: number, first: string): unknown {
  const parts = [first];
  for (let line = cursor.lines[cursor.at]; line !== undefined && line.indent > indent; line = cursor.lines[cursor.at]) {
    if (line.afterGap || !/^[A-Za-z0-9/]/.test(line.text)) return unsure;
    parts.push(line.text);
    cursor.at += 1;
  }
  return plain(parts.join(" "));
}

/** A deeper line after a scalar would continue it. */
function lastOfItsBlock(cursor: Cursor, indent: number): boolean {
  const next = cursor.lines[cursor.at];
  return next === undefined || next.indent <= indent;
}

/** Words that YAML 1.1 reads as booleans or null are not taken for keys. */
function keyOf(text: string): string | undefined {
  const key = /^([A-Za-z_][\w./-]*):(?: |$)/.exec(text)?.[1];
  return key === undefined || word.test(key) ? undefined : key;
}

const word = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

function scalar(text: string): unknown {
  if (Object.hasOwn(constants, text)) return constants[text]?.();
  if (text.startsWith('"')) return doubleQuoted(text);
  if (text.startsWith("'")) return /^'(?:[^']|'')*'$/.test(text) ? text.slice(1, -1).replaceAll("''", "'") : unsure;
  return plain(text);
}

const constants: Readonly<Record<string, () => unknown>> = {
  "{}": () => ({}),
  "[]": () => [],
  true: () => true,
  false: () => false,
  null: () => null,
};

function plain(text: string): unknown {
  const starts = /^[A-Za-z0-9/_]|^-[A-Za-z-]/.test(text);
  if (!starts || word.test(text) || /: | #|:$/.test(text)) return unsure;
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  // Dates, octals, sexagesimals, versions, addresses: let the full parser decide.
  return /^[0-9][0-9A-Fa-fxob_.,:TtZz+ -]*$/.test(text) ? unsure : text;
}

/** JSON's escapes mean the same in YAML; other ones are left to the full parser. */
function doubleQuoted(text: string): unknown {
  const inJson = /^"(?:[^"\\\p{Cc}]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"$/u.test(text);
  return inJson ? JSON.parse(text) : unsure;
}
