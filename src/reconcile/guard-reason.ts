/** A guard's name as the CamelCase reason of a condition: `data-lost` → `DataLost`. */
export function guardReason(guard: string): string {
  return guard.replaceAll(/(?:^|-)([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}
