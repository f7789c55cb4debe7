import { cleanLine } from "../text/clean-text.js";

/** The maximum number of agents or steps that a sentence names. */
const NAME_LIMIT = 5;

/** `1 step`, `2 steps`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** The first names of a list, and how many more there are. */
export function namesOf(ids: readonly string[]): string {
  const names = ids.slice(0, NAME_LIMIT).map(cleanLine);
  return [...names, ...(ids.length > NAME_LIMIT ? [`${ids.length - NAME_LIMIT} more`] : [])].join(
    ", ",
  );
}
