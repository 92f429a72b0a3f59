/** Finds everything that is wrong with a command line before saying so once. */
import { DbopError } from "../errors.ts";
import { parseDuration } from "./duration.ts";

export interface WholeNumber {
  readonly flag: string;
  readonly text: string | undefined;
  readonly min: number;
  readonly max: number;
}

/** Readers of flag values: each returns undefined for what was not given or is wrong, and notes the latter. */
export interface Problems {
  add(problem: string): void;
  required(flag: string, text: string | undefined): string | undefined;
  wholeNumber(number: WholeNumber): number | undefined;
  oneOf<Choice extends string>(flag: string, text: string | undefined, choices: readonly Choice[]): Choice | undefined;
  matching(flag: string, text: string | undefined, form: Form): string | undefined;
  /** Milliseconds. */
  duration(flag: string, text: string | undefined): number | undefined;
  /** Throws `Usage` with all of them when there are any. */
  throwIfAny(verb: string): void;
}

/** A pattern and how to say it. */
export interface Form {
  readonly pattern: RegExp;
  readonly description: string;
}

/** What the CRD's patterns allow, so that a wrong value is told before any request. */
export const forms = {
  name: {
    pattern: /^[a-z](?:[-a-z0-9]{0,38}[a-z0-9])?$/,
    description: "lower-case letters, digits and '-', beginning with a letter, at most 40 characters",
  },
  namespace: {
    pattern: /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
    description: "lower-case letters, digits and '-', at most 63 characters",
  },
  objectName: {
    pattern: /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
    description: "lower-case letters, digits, '-' and '.', at most 253 characters",
  },
  backupPath: {
    pattern: /^(?!(?:.*\/)?\.\.(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/,
    description: "names of letters, digits, '.', '_' and '-', separated by '/'",
  },
  backupName: {
    pattern: /^[a-z0-9](?:[-a-z0-9]{0,55}[a-z0-9])?$/,
    description: "lower-case letters, digits and '-', at most 57 characters: Jobs are named after it",
  },
  version: { pattern: /^[0-9]+\.[0-9]+\.[0-9]+$/, description: "a full version such as 1.2.3" },
  shards: { pattern: /^[1-9][0-9]?$/, description: "a whole number from 1 to 99" },
  storage: {
    pattern: /^[1-9][0-9]*(?:\.[0-9]+)?(?:Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/,
    description: "a quantity such as 10Gi",
  },
  cpu: { pattern: /^[0-9]+(?:\.[0-9]+)?m?$/, description: "a quantity such as 500m or 2" },
  memory: { pattern: /^[1-9][0-9]*(?:\.[0-9]+)?(?:Ki|Mi|Gi|Ti|k|M|G|T)?$/, description: "a quantity such as 2Gi" },
  planHash: { pattern: /^[0-9a-f]{16}$/, description: "the 16 hexadecimal digits that --dry-run=client printed" },
} as const satisfies Record<string, Form>;

/** An empty collection. */
export function collectProblems(): Problems {
  const problems: string[] = [];
  /** `read` as it is; when it is undefined, `text` was wrong. */
  const checked = <Value>(read: Value | undefined, { flag, text, wanted }: Reading): Value | undefined => {
    if (read === undefined) problems.push(`invalid value "${text}" for ${flag}: must be ${wanted}`);
    return read;
  };
  return {
    add: (problem) => problems.push(problem),
    required: (flag, text) => {
      if (text === undefined || text === "") problems.push(`required flag ${flag} is not set`);
      return text === "" ? undefined : text;
    },
    wholeNumber: ({ flag, text, min, max }) => {
      if (text === undefined) return undefined;
      const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
      const fits = value >= min && value <= max;
      return checked(fits ? value : undefined, { flag, text, wanted: `a whole number from ${min} to ${max}` });
    },
    oneOf: (flag, text, choices) => {
      if (text === undefined) return undefined;
      const found = choices.find((choice) => choice === text);
      return checked(found, { flag, text, wanted: `one of ${choices.join(", ")}` });
    },
    matching: (flag, text, { pattern, description }) => {
      if (text === undefined) return undefined;
      return checked(pattern.test(text) ? text : undefined, { flag, text, wanted: description });
    },
    duration: (flag, text) => {
      if (text === undefined) return undefined;
      return checked(parseDuration(text), { flag, text, wanted: "a duration such as 30s, 5m or 1h30m, or 0" });
    },
    throwIfAny: (verb) => {
      if (problems.length > 0) throw usageError(verb, problems);
    },
  };
}

interface Reading {
  readonly flag: string;
  readonly text: string;
  readonly wanted: string;
}

/** `Usage` for one or several problems of `kubectl dbop VERB`, pointing at its help. */
export function usageError(verb: string, problems: readonly string[]): DbopError {
  const command = verb === "" ? "kubectl dbop" : `kubectl dbop ${verb}`;
  const hint = `See '${command} --help' for usage.`;
  const [only, ...others] = problems;
  if (only !== undefined && others.length === 0) return new DbopError("Usage", only, { hint });
  return new DbopError("Usage", `${problems.length} problems with the command line`, { hint, problems });
}
