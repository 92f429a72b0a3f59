/** Whether the parameters in `spec.config` can be given to the server. */
import type { Problem } from "../../../api/problem.ts";
import type { Server } from "../server.ts";
import { directives } from "./directives.ts";
import { reserved } from "./reserved.ts";

/** Every problem at once. What a value must be like only the server knows; a name that it does not know would keep every node from starting. */
export function checkConfig(
  config: Readonly<Record<string, string>>,
  { flavour }: Pick<Server, "flavour">,
): readonly Problem[] {
  return Object.entries(config).flatMap(([name, value]) => {
    const message = problemOf(flavour, name, value);
    return message === undefined ? [] : [{ field: `spec.config.${name}`, value, message }];
  });
}

const servers = { valkey: "Valkey 8 or 9", redis: "Redis 7 or 8" } as const;

function problemOf(flavour: Server["flavour"], name: string, value: string): string | undefined {
  const reason = reserved[name];
  if (reason !== undefined) return `can't be set here: ${reason}`;
  if (!directives[flavour].has(name)) return `is not a parameter of ${servers[flavour]} that can be set here`;
  if (/[\n\r\0]/u.test(value)) return "must be one line";
  return undefined;
}
