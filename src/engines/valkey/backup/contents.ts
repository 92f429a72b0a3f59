/**
 * Whether what was taken is a backup, and what it holds. Each copy is of its own moment. What is certain of all: every slot is in one copy and in no
 * other, and every write that a primary had acknowledged before the backup began is in it. Pure.
 */
import type { Result } from "../../../api/result.ts";
import type { BackupShard } from "../../../backup/manifest.ts";
import { lost, type Contents, type Taken } from "../../../backup/method.ts";
import { field, numberField, textField } from "../../../kube/fields.ts";
import { countSlots, parseSlots, slotCount, slotsText, union } from "../slots.ts";
import { heard, type ExpectedShard } from "./method.ts";
import { readCheck, type Check } from "./rdb.ts";
import { readOwners, type Owner } from "./slot-map.ts";

export function contents({ said, expected }: Taken): Result<Contents, string> {
  const shards = readExpected(expected);
  const [before, after] = [readOwners(said(heard.mapBefore)), readOwners(said(heard.mapAfter))];
  if (shards.length === 0 || before.length === 0 || after.length === 0) return lost;
  const unsettled =
    whyUnsettled(shards, before, after) ??
    (sameLines(said(heard.movesBefore), said(heard.movesAfter)) ? undefined : "moves of slots began or ended");
  if (unsettled !== undefined)
    return {
      ok: false,
      problems: `${unsettled} while it was taken: keys could be in it twice or not at all. It is discarded`,
    };
  const parts = shards.map((shard, index) => ({
    shard,
    check: readCheck(said(`${heard.file}${String(index)}`)),
    loaded: said(`${heard.loaded}${String(index)}`).trim(),
  }));
  const wrong = parts.map(whyIncomplete).find((why) => why !== undefined);
  if (wrong !== undefined) return { ok: false, problems: wrong };
  const checks = parts.flatMap(({ shard, check }) => (check === undefined ? [] : [{ shard, check }]));
  return checks.length < parts.length ? lost : { ok: true, value: contentsOf(checks) };
}

function readExpected(expected: unknown): readonly ExpectedShard[] {
  const list: readonly unknown[] = Array.isArray(expected) ? expected : [];
  return list.map((one) => ({
    name: textField(one, "name"),
    file: textField(one, "file"),
    primaryId: textField(one, "primaryId"),
    slots: textField(one, "slots"),
    offset: numberField(one, "offset"),
    fromPrimary: field(one, "fromPrimary") === true,
  }));
}

/** Why the slot map was not one and the same from the moment the backup began to its end. */
function whyUnsettled(
  shards: readonly ExpectedShard[],
  before: readonly Owner[],
  after: readonly Owner[],
): string | undefined {
  if ([...before, ...after].some((owner) => owner.open)) return "slots were on their way";
  const text = (owners: readonly Owner[], epochs: boolean): string =>
    owners
      .map(({ id, slots, epoch }) => `${id} ${epochs ? epoch : ""} ${slotsText(slots)}`)
      .toSorted()
      .join("\n");
  const wished = shards.map(({ primaryId, slots }) => ({
    id: primaryId,
    slots: parseSlots(slots.split(" ")),
    epoch: "",
  }));
  const all = countSlots(union(...wished.map(({ slots }) => slots)));
  if (all !== slotCount) return "not every slot had an owner";
  const begun = wished.map((one) => ({ ...one, open: false }));
  if (text(begun, false) !== text(before, false) || text(before, true) !== text(after, true))
    return "slots or their owners changed";
  return undefined;
}

/** Nodes are asked in any order. */
function sameLines(a: string, b: string): boolean {
  const sorted = (text: string): string => text.split("\n").toSorted().join("\n");
  return sorted(a) === sorted(b);
}

interface Part {
  readonly shard: ExpectedShard;
  readonly check: Check | undefined;
  /** How many keys a server had that was started on what came back; empty where none was. */
  readonly loaded: string;
}

/** What a primary sends holds every write it has acknowledged; what its replica sends, as far as that has come. */
function whyIncomplete({ shard, check, loaded }: Part): string | undefined {
  if (check === undefined) return undefined;
  const { offset = -1, keys, expiring } = check;
  if (!shard.fromPrimary && offset < shard.offset)
    return `the replica of ${shard.name} was behind: its copy ends at offset ${String(offset)}, and writes up to ${String(shard.offset)} were acknowledged when the backup began. It is discarded`;
  if (loaded === "" || Number(loaded) >= keys - expiring) return undefined;
  return `a server that has loaded the copy of ${shard.name} has ${loaded} keys of ${String(keys)}`;
}

function contentsOf(parts: readonly { readonly shard: ExpectedShard; readonly check: Check }[]): Contents {
  const offsets = parts.map(({ check }) => (check.offset === undefined ? "unknown" : String(check.offset)));
  const moment = parts.length === 1 ? "" : ", each shard at its own moment";
  const [format = ""] = parts
    .map(({ check }) => check.writer)
    .toSorted()
    .toReversed();
  return {
    consistencyPoint: `${parts.length === 1 ? "offset" : "offsets"} ${offsets.join(" ")}${moment}`,
    format,
    shards: parts.map(({ shard: { name, file, slots }, check: { keys, expiring } }): BackupShard => ({
      name,
      file,
      slots,
      keys,
      expiring,
    })),
  };
}
