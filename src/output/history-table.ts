/** What was done to a database, newest first, from its status. */
import { field, listField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import { age, humanDuration } from "./age.ts";
import { table, type Cell } from "./table.ts";

export interface HistoryTableOptions {
  readonly now: Date;
  /** Who did it, and what came of it. */
  readonly wide: boolean;
}

/** The operation in flight, if any, and those that ended. */
export function historyTable(cluster: KubeObject, { now, wide }: HistoryTableOptions): string {
  const status = cluster["status"];
  const running = field(status, "operation");
  const entries = listField(status, "history");
  const rows = [
    ...(running === undefined ? [] : [rowOf(running, "Running", { now, wide })]),
    ...entries.map((entry) => rowOf(entry, textField(entry, "result"), { now, wide })),
  ];
  return table(["ID", "VERB", "REQUEST", "RESULT", "TOOK", ...(wide ? ["ACTOR", "MESSAGE"] : []), "AGE"], rows);
}

function rowOf(entry: unknown, result: string, { now, wide }: HistoryTableOptions): Cell[] {
  const started = Date.parse(textField(entry, "startedAt"));
  const finished = Date.parse(textField(entry, "finishedAt"));
  const took = (Number.isNaN(finished) ? now.getTime() : finished) - started;
  return [
    textField(entry, "id"),
    textField(entry, "verb"),
    textField(entry, "request"),
    result,
    Number.isNaN(took) ? "<unknown>" : humanDuration(took),
    ...(wide ? [textField(entry, "actor"), textField(entry, "message")] : []),
    age(textField(entry, "startedAt"), now),
  ];
}

/** The report of `-o json`. */
export function historyReport(cluster: KubeObject): unknown {
  const { name, namespace } = cluster.metadata;
  return {
    apiVersion: "dbop.dev/v1alpha1",
    kind: "HistoryReport",
    metadata: { name, namespace },
    operation: field(cluster["status"], "operation"),
    history: listField(cluster["status"], "history"),
  };
}
