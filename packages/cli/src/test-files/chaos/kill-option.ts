import type { ChaosOptions } from "./play-chaos.js";

type Kills = Pick<ChaosOptions, "most" | "only">;

/** Returns the kills that `--chaos` asks for; undefined if it asks for none. */
export function killsOf(value: boolean | string | undefined): Kills | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true) return {};
  const [, moment, commit] = /^(before|after):([1-9]\d{0,8})$/u.exec(value) ?? [];
  if (commit !== undefined)
    return { only: { commit: Number(commit), moment: moment as "before" | "after" } };
  return isNumber(value) ? { most: Number(value) } : {};
}

/** Returns the path that was read as the value of `--chaos`, as in `axw test --chaos FILE`. */
export function pathIn(value: boolean | string | undefined): string[] {
  if (typeof value !== "string" || isNumber(value)) return [];
  return /^(before|after):\d+$/u.test(value) ? [] : [value];
}

function isNumber(value: string): boolean {
  return /^[1-9]\d{0,8}$/u.test(value);
}
