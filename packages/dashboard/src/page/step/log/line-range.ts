/** Lines that are selected: their numbers, in order. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** Reads `209` or `209-214`; undefined for anything else. */
export function readLineRange(text: string | null | undefined): LineRange | undefined {
  const found = /^(?:L)?(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(text ?? "");
  if (found === null) return undefined;
  const [a, b] = [Number(found[1]), Number(found[2] ?? found[1])];
  return a === 0 || b === 0 ? undefined : { first: Math.min(a, b), last: Math.max(a, b) };
}

/** Writes lines as they are in an address. */
export function writeLineRange({ first, last }: LineRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** The lines between two others, both included, in whichever order they are given. */
export function linesBetween(a: number, b: number): LineRange {
  return { first: Math.min(a, b), last: Math.max(a, b) };
}

/** Whether a line is among them. */
export function isWithin(line: number, range: LineRange | undefined): boolean {
  return range !== undefined && line >= range.first && line <= range.last;
}
