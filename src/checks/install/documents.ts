/** L1.7: whether the kind says what may be written into it. */
import { field, listField, textField } from "../../kube/fields.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { fieldsBelow, schemaOf, type SchemaField } from "../schema.ts";
import { fail, given, pass, read, unknown, warn } from "../verdicts.ts";

/** From this share on `kubectl explain` answers most questions. */
const wellDescribed = 0.8;

export const documents: Check<Observation> = {
  id: "L1.7",
  title: "Kind documents its fields",
  question: "Does the schema describe the fields of the spec, and refuse what is wrong?",
  why: "a mistake that the API server refuses costs seconds, one that is found at three in the night costs more",
  judge: ({ definition, subject }) =>
    given(definition, (found) => {
      const schema = found && schemaOf(found, subject, "spec");
      if (found === undefined || schema === undefined)
        return unknown(`the schema of ${subject.kind}`, "no schema of its spec is there");
      return judgeFields(fieldsBelow(schema, "spec"), { schema, on: (path, value) => read(found, path, value) });
    }),
};

interface Source {
  readonly schema: unknown;
  readonly on: (path: string, value: unknown) => ReturnType<typeof read>;
}

function judgeFields(fields: readonly SchemaField[], { schema, on }: Source): Finding {
  const described = fields.filter((one) => textField(one.schema, "description") !== "").length;
  const checked = fields.filter((one) => isChecked(one.schema)).length;
  const required = [schema, ...fields.map((one) => one.schema)].reduce<number>(
    (sum, one) => sum + listField(one, "required").length,
    0,
  );
  const evidence = [
    on("fields of spec that are described", `${String(described)} of ${String(fields.length)}`),
    on("fields of spec with enum, pattern, bounds or rules", checked),
    on("fields of spec that are required", required),
  ];
  if (fields.length === 0)
    return fail("the schema of the spec has no fields", evidence, "a structural schema in the kind");
  if (checked + required === 0)
    return fail("the schema refuses nothing", evidence, "required, enum, pattern, bounds or rules in the schema");
  const share = described / fields.length;
  if (share >= wellDescribed) return pass("fields are described and checked", evidence);
  return warn(
    `${String(Math.round(100 * (1 - share)))} % of the fields have no description`,
    evidence,
    "a description for each field in the schema",
  );
}

const bounds = [
  "enum",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "format",
  "x-kubernetes-validations",
];

function isChecked(schema: unknown): boolean {
  return bounds.some((name) => field(schema, name) !== undefined);
}
