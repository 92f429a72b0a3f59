/** L5.6: whether rules tell what is unusual, and not only what is too much. */
import { listField, textField } from "../../kube/fields.ts";
import type { Check } from "../finding.ts";
import { isAbout } from "../insights/metrics.ts";
import type { Observation } from "../observation.ts";
import { counted, fail, given, pass, read } from "../verdicts.ts";

/** PromQL that holds a value against its past or its future. */
const baselines =
  /predict_linear|deriv\(|stddev_over_time|double_exponential_smoothing|holt_winters|quantile_over_time|avg_over_time[^)]*\)\s*offset|offset\s+\d+[dw]/u;

export const anomalies: Check<Observation> = {
  id: "L5.6",
  title: "Unusual behaviour is told",
  question: "Does a rule compare what is with what was, or foresee what will be?",
  why: "a fixed threshold is right for one week of the year",
  judge: ({ rules, subject }) =>
    given(rules, (found) => {
      const expressions = found
        .filter((rule) => isAbout(rule, subject.metadata))
        .flatMap((rule) =>
          listField(rule["spec"], "groups").flatMap((group) =>
            listField(group, "rules").map((one) => ({
              rule,
              name: textField(one, "alert") || textField(one, "record"),
              expr: textField(one, "expr"),
            })),
          ),
        );
      const clever = expressions.filter(({ expr }) => baselines.test(expr));
      if (clever.length === 0)
        return fail(
          "no rule looks at the past or ahead",
          [counted("prometheusrules.monitoring.coreos.com", "rules about it with a baseline or a forecast", 0)],
          "a rule with predict_linear on what fills up, such as the size of the database",
        );
      return pass(
        `${String(clever.length)} rules look at the past or ahead`,
        clever.map(({ rule, name, expr }) => read(rule, `expr of ${name}`, expr)),
      );
    }),
};
