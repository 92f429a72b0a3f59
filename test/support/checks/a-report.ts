/** A report with one check of each result, made as real ones are. */
import { reportOf, type CheckReport } from "../../../src/checks/report.ts";
import type { Answer, Result } from "../../../src/checks/finding.ts";
import { anObservation } from "./an-observation.ts";

export function anAnswer(id: string, result: Result, more: Partial<Answer> = {}): Answer {
  return {
    id,
    level: 3,
    title: "Quorum is kept",
    question: "Is it kept?",
    why: "without a quorum a database stops",
    result,
    message: `it is ${result}`,
    evidence: [{ object: "poddisruptionbudget.policy/demo", field: "spec.minAvailable", value: "2" }],
    ...(result === "unknown" ? { missing: "the right to list pods" } : {}),
    ...(result === "fail" || result === "warn" ? { fix: "kubectl dbop reconcile demo -n shop" } : {}),
    ...more,
  };
}

const each: readonly Answer[] = [
  anAnswer("L1.1", "pass", { level: 1, title: "Configured by a custom resource" }),
  anAnswer("L1.8", "not-applicable", { level: 1, title: "Related images listed", evidence: [] }),
  anAnswer("L2.3", "warn", { level: 2, title: "Upgrade without an outage" }),
  anAnswer("L3.4", "fail"),
  anAnswer("L3.10", "pass", { title: "Requests and limits" }),
  anAnswer("L3.etcd.quota", "pass", { title: "Room below the quota" }),
  anAnswer("L4.2", "unknown", { level: 4, title: "Alerts", evidence: [] }),
  anAnswer("L5.1", "not-applicable", { level: 5, title: "Grows with its load", evidence: [] }),
];

export function aReport(answers: readonly Answer[] = each): CheckReport {
  return reportOf(anObservation(), answers);
}
