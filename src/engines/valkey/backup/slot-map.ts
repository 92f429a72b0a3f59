/** Who owns which slots, as each node says of itself: the answers of all to `CLUSTER NODES`, as `valkey-cli --cluster call` prints them. Pure. */
import { parseSlots, type Slots } from "../slots.ts";

export interface Owner {
  readonly id: string;
  readonly epoch: string;
  readonly slots: Slots;
  /** It gives or takes some. */
  readonly open: boolean;
}

/** Those that own slots or have some on their way. The first line of an answer comes after the node's address. */
export function readOwners(text: string): readonly Owner[] {
  const lines = text.split("\n").flatMap((line) => /\b([0-9a-f]{40} \S+ \S*\bmyself\b.*)$/u.exec(line)?.[1] ?? []);
  return lines.map(readOwner).filter(({ slots, open }) => slots.length > 0 || open);
}

/** `ID ADDRESS FLAGS PRIMARY PING PONG EPOCH LINK [SLOT…]`. */
function readOwner(line: string): Owner {
  const [id = "", , , , , , epoch = "", , ...words] = line.trim().split(/\s+/u);
  const moving = words.filter((word) => word.startsWith("["));
  return { id, epoch, slots: parseSlots(words.filter((word) => !moving.includes(word))), open: moving.length > 0 };
}
