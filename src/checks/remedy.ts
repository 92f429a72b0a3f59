/** What would make a check pass, for who runs the database. Pure. */
import type { Observation } from "./observation.ts";

interface Ways {
  /** Words after `kubectl dbop`, with NAME where the name goes. */
  readonly dbop: string;
  /** What to change where somebody else's operator runs it. */
  readonly operator: string;
}

export function remedy(
  { subject, manager }: Pick<Observation, "subject" | "manager">,
  { dbop, operator }: Ways,
): string {
  if (manager.kind === "operator") return operator;
  const { name, namespace = "default" } = subject.metadata;
  return `kubectl dbop ${dbop.replace("NAME", `${name} -n ${namespace}`)}`;
}
