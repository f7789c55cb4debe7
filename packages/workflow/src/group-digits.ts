/**
 * A whole number with a comma between each three digits: `12,345`. `toLocaleString` would do the
 * same, but its first call in a process takes longer than most commands run.
 */
export function groupDigits(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
