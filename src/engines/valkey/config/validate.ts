/** Whether the parameters in `spec.config` can be given to Valkey. */
import type { Problem } from "../../../api/problem.ts";
import { directives } from "./directives.ts";
import { reserved } from "./reserved.ts";

/** Every problem at once. What a value must be like only Valkey knows; a name that it does not know would keep every node from starting. */
export function checkConfig(config: Readonly<Record<string, string>>): readonly Problem[] {
  return Object.entries(config).flatMap(([name, value]) => {
    const message = problemOf(name, value);
    return message === undefined ? [] : [{ field: `spec.config.${name}`, value, message }];
  });
}

function problemOf(name: string, value: string): string | undefined {
  const reason = reserved[name];
  if (reason !== undefined) return `can't be set here: ${reason}`;
  if (!directives.has(name)) return "is not a parameter of Valkey 8 or 9 that can be set here";
  if (/[\n\r\0]/u.test(value)) return "must be one line";
  return undefined;
}
