/** From answers to levels. Levels stand by themselves: one may be demonstrated while one below it is not (engines.md §9). Pure. */
import { levelNames, levels, type Answer, type Level, type Result } from "./finding.ts";

export interface LevelGrade {
  readonly level: Level;
  readonly name: string;
  readonly counts: Readonly<Record<Result, number>>;
  /** Every check that applies passes, and there is one at least. */
  readonly demonstrated: boolean;
  /** Ids of the checks that stand in the way, failures first. */
  readonly blockedBy: readonly string[];
}

export interface Grade {
  readonly levels: readonly LevelGrade[];
  /** Up to this one every level is demonstrated; 0: not even the first. */
  readonly highestContiguousLevel: number;
}

/** What keeps a level from being demonstrated, the worst first. */
const blocking: readonly Result[] = ["fail", "warn", "unknown"];

export function grade(answers: readonly Answer[]): Grade {
  const graded = levels.map((level) =>
    gradeLevel(
      level,
      answers.filter((answer) => answer.level === level),
    ),
  );
  const broken = graded.findIndex(({ demonstrated }) => !demonstrated);
  return { levels: graded, highestContiguousLevel: broken === -1 ? graded.length : broken };
}

function gradeLevel(level: Level, answers: readonly Answer[]): LevelGrade {
  const blockedBy = blocking.flatMap((result) =>
    answers.filter((answer) => answer.result === result).map(({ id }) => id),
  );
  const counts = countResults(answers);
  return {
    level,
    name: levelNames[level],
    counts,
    demonstrated: blockedBy.length === 0 && counts.pass > 0,
    blockedBy,
  };
}

export function countResults(answers: readonly Pick<Answer, "result">[]): Readonly<Record<Result, number>> {
  const count = (result: Result): number => answers.filter((answer) => answer.result === result).length;
  return {
    pass: count("pass"),
    warn: count("warn"),
    fail: count("fail"),
    unknown: count("unknown"),
    "not-applicable": count("not-applicable"),
  };
}
