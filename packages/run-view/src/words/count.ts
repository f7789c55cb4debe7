import { cleanLine } from "../text/clean-text.js";

/** The maximum number of agents or steps that a sentence names. */
const NAME_LIMIT = 5;

/** `1 step`, `2 steps`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/**
 * A number with its thousands separated: `1,284`. The formats of the language's library take tens
 * of milliseconds to load.
 */
export function grouped(n: number): string {
  const [whole = "", ...fraction] = String(n).split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...fraction].join(".");
}

/** The first names of a list, and how many more there are. */
export function namesOf(ids: readonly string[]): string {
  const names = ids.slice(0, NAME_LIMIT).map(cleanLine);
  return [...names, ...(ids.length > NAME_LIMIT ? [`${ids.length - NAME_LIMIT} more`] : [])].join(
    ", ",
  );
}
