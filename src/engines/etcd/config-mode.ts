/**
 * How a member is told to start should its data directory be empty. etcd ignores all of it once the directory holds a member.
 *
 * - `new:0,1,2` — the static bootstrap; only until the cluster has once formed.
 * - `existing:0,1,2,3` — a member that was just added joins the others.
 * - sealed (`existing:` and the member alone) — every member that has joined. An empty directory then can't start at all: etcd finds
 *   nobody to ask. Were the list complete, a member whose disk was lost would come back under its old id with an empty log and vote,
 *   and an acknowledged write could be lost (engines.md §1.5).
 */
export type Mode = { readonly state: "new" | "existing"; readonly ordinals: readonly number[] };

export const sealed = (ordinal: number): string => modeText({ state: "existing", ordinals: [ordinal] });

export function modeText({ state, ordinals }: Mode): string {
  return `${state}:${ordinals.join(",")}`;
}

/** The reverse of {@link modeText}; undefined for anything else. */
export function parseMode(text: string): Mode | undefined {
  const match = /^(new|existing):(\d+(?:,\d+)*)$/u.exec(text);
  if (match?.[2] === undefined) return undefined;
  return { state: match[1] === "new" ? "new" : "existing", ordinals: match[2].split(",").map(Number) };
}
