/** Schedules as a CronJob takes them (Kubernetes, "CronJob": the standard parser of robfig/cron). Pure. */

interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** What may stand for a number, from `least` on. */
  readonly words: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fields: readonly CronField[] = [
  { name: "minute", least: 0, most: 59, words: [] },
  { name: "hour", least: 0, most: 23, words: [] },
  { name: "day of the month", least: 1, most: 31, words: [] },
  { name: "month", least: 1, most: 12, words: months },
  { name: "day of the week", least: 0, most: 6, words: days },
];

const shorthands = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/** What is wrong with a schedule, to be put after "must be …"; undefined when nothing is. */
export function cronProblem(schedule: string): string | undefined {
  if (schedule.startsWith("@"))
    return shorthands.includes(schedule) ? undefined : `one of ${shorthands.join(", ")}, or five fields`;
  const given = schedule.trim().split(/\s+/u);
  if (given.length !== fields.length) return "five fields: minute, hour, day of the month, month, day of the week";
  const wrong = fields.find((field, index) => !(given[index] ?? "").split(",").every((part) => isRange(part, field)));
  if (wrong === undefined) return neverComes(given) ? "a schedule with a day that one of its months has" : undefined;
  return `a schedule whose ${wrong.name} is from ${String(wrong.least)} to ${String(wrong.most)}, a list, a range or *`;
}

const daysOf = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** As the 31st of February. A day of the week that is named as well would do instead; one with a step, as every other, counts as named (robfig/cron). */
function neverComes([, , day = "", month = "", weekday = ""]: readonly string[]): boolean {
  const [, , ofMonth, ofYear] = fields;
  const anyWeekday = weekday.split(",").some((part) => /^[*?](?:\/0*1)?$/u.test(part));
  if (ofMonth === undefined || ofYear === undefined || !anyWeekday) return false;
  const longest = Math.max(...valuesOf(month, ofYear).map((one) => daysOf[one - 1] ?? 0));
  return Math.min(...valuesOf(day, ofMonth)) > longest;
}

/** All that a field stands for that was found to be right. */
function valuesOf(text: string, field: CronField): readonly number[] {
  return text.split(",").flatMap((part) => {
    const [range = "", step] = part.split("/");
    const any = range === "*" || range === "?";
    const [first = field.least, last] = any
      ? [field.least, field.most]
      : range.split("-").map((one) => valueOf(one, field));
    const end = last ?? (step === undefined ? first : field.most);
    const width = Number(step ?? 1);
    return Array.from({ length: Math.floor((end - first) / width) + 1 }, (_, index) => first + index * width);
  });
}

/** `*`, `5`, `1-5`, `mon-fri`, and any of them with a step, as in every fifteenth: `/15` after it. */
function isRange(text: string, field: CronField): boolean {
  const [range = "", step = "1", ...more] = text.split("/");
  if (more.length > 0 || !/^\d+$/u.test(step) || Number(step) === 0) return false;
  return range === "*" || range === "?" || isWithin(range, field);
}

function isWithin(range: string, field: CronField): boolean {
  const [first, last = first, ...others] = range.split("-").map((one) => valueOf(one, field));
  if (first === undefined || last === undefined || others.length > 0) return false;
  return first >= field.least && last <= field.most && first <= last;
}

function valueOf(text: string, { least, words }: CronField): number | undefined {
  if (/^\d+$/u.test(text)) return Number(text);
  const index = words.indexOf(text.toLowerCase());
  return index < 0 ? undefined : index + least;
}
