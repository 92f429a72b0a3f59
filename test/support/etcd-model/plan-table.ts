/** Tables of plans: one test a row. */
import { expect, it } from "vitest";
import type { EtcdBuilder } from "./an-etcd.ts";

/** What is given, and the ids of the steps planned or the guards that block. */
export type Row = readonly [name: string, given: EtcdBuilder, outline: readonly string[]];

export function plans(rows: readonly Row[]): void {
  it.each(rows)("%s", (_name, given, outline) => {
    expect(given.outline()).toEqual(outline);
  });
}

/** After a change of the StatefulSet nothing counts as done before its controller has seen it. */
export const observed = "wait/the-statefulset-controller-has-seen-the-change-of-demo";

/** The steps of a first bootstrap. */
export const installs = (count: number): readonly string[] => [
  "certificates/issue",
  "objects/apply",
  count === 1 ? "wait/the-member-has-joined" : `wait/all-${String(count)}-members-have-joined`,
  "identity/record",
];
