/**
 * Reports in the shape of operator-sdk's scorecard (`scorecard.operatorframework.io/v1alpha3` TestList), so that whatever reads that reads this. It
 * has three states: what could not be observed is `error`, what does not apply is `pass` with a word in the log.
 */
import type { Answer, Evidence } from "../checks/finding.ts";
import { describeSubject, type CheckReport } from "../checks/report.ts";
import type { Failing } from "./failing.ts";

const apiVersion = "scorecard.operatorframework.io/v1alpha3";

export function scorecard(reports: readonly CheckReport[], failing: Failing): unknown {
  const items = reports.flatMap((report) => report.checks.map((answer) => test(report, answer, failing)));
  return { apiVersion, kind: "TestList", items };
}

function test(report: CheckReport, answer: Answer, failing: Failing): unknown {
  const { namespace } = report.metadata;
  const state = stateOf(answer, failing);
  const said = answer.missing === undefined ? answer.message : `${answer.message} (missing: ${answer.missing})`;
  return {
    apiVersion,
    kind: "Test",
    spec: {
      image: "",
      labels: {
        suite: `capability-level-${answer.level}`,
        test: answer.id,
        database: namespace === undefined ? report.metadata.name : `${namespace}.${report.metadata.name}`,
      },
    },
    status: {
      results: [
        {
          name: `${answer.id} ${answer.title}`,
          state,
          log: [describeSubject(report), `${answer.result}: ${said}`, ...answer.evidence.map(line)].join("\n"),
          ...(state === "pass" ? {} : { errors: [said] }),
          ...(answer.fix === undefined ? {} : { suggestions: [answer.fix] }),
        },
      ],
    },
  };
}

function stateOf({ result }: Answer, failing: Failing): "pass" | "fail" | "error" {
  if (result === "unknown") return "error";
  return failing.has(result) ? "fail" : "pass";
}

function line({ object, field, value }: Evidence): string {
  return `${object}: ${field} = ${value}`;
}
