/** The wire between a client and a Valkey server: RESP2. Text is latin1 both ways, so that every byte is one character. */

/** What a server answers with `-`. */
export class Refusal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Reply = string | number | null | Refusal | readonly Reply[];

export function request(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${String(word.length)}\r\n${word}\r\n`);
  return Buffer.from(`*${String(words.length)}\r\n${parts.join("")}`, "latin1");
}

/** Puts replies together that come in pieces. */
export class ReplyReader {
  #rest: Buffer = Buffer.alloc(0);

  *read(piece: Buffer): Generator<Reply> {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let at = 0;
    for (let found = replyAt(this.#rest, at); found !== undefined; found = replyAt(this.#rest, at)) {
      at = found.end;
      yield found.reply;
    }
    this.#rest = this.#rest.subarray(at);
  }
}

interface Found {
  readonly reply: Reply;
  readonly end: number;
}

/** Undefined when its end has not come yet. */
function replyAt(bytes: Buffer, at: number): Found | undefined {
  const lineEnd = bytes.indexOf("\r\n", at);
  if (lineEnd < 0) return undefined;
  const [sign, rest] = [bytes.toString("latin1", at, at + 1), bytes.toString("latin1", at + 1, lineEnd)];
  const end = lineEnd + 2;
  switch (sign) {
    case "+":
      return { reply: rest, end };
    case "-":
      return { reply: new Refusal(rest), end };
    case ":":
      return { reply: Number(rest), end };
    case "$":
      return bulkAt(bytes, end, Number(rest));
    case "*":
      return arrayAt(bytes, end, Number(rest));
    default:
      throw new Error(`not RESP2: ${sign}${rest.slice(0, 80)}`);
  }
}

function bulkAt(bytes: Buffer, at: number, length: number): Found | undefined {
  if (length < 0) return { reply: null, end: at };
  const end = at + length + 2;
  return bytes.length < end ? undefined : { reply: bytes.toString("latin1", at, at + length), end };
}

function arrayAt(bytes: Buffer, at: number, length: number): Found | undefined {
  const items: Reply[] = [];
  let end = at;
  for (let index = 0; index < length; index += 1) {
    const found = replyAt(bytes, end);
    if (found === undefined) return undefined;
    items.push(found.reply);
    end = found.end;
  }
  return { reply: items, end };
}
