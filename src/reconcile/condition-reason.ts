/** A name of ours, a guard or a verb, as the CamelCase reason of a condition: `data-lost` → `DataLost`. */
export function conditionReason(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}
