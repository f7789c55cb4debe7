import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./turbo.ts";

/** A day of the plan. */
export interface Day {
  readonly number: string;
  readonly title: string;
  /** The number of tests that the plan requires. */
  readonly asked: number;
  /**
   * The test files, relative to the repository's root. A ReScript test is listed by its compiled
   * file.
   */
  readonly files: readonly string[];
}

/** The days of days.json. Throws when a pattern matches no file. */
export function readDays(): readonly Day[] {
  const days = JSON.parse(readFileSync(join(root, "scripts/days.json"), "utf8")) as Record<
    string,
    Omit<Day, "number">
  >;
  return Object.entries(days).map(([number, { title, asked, files }]) => ({
    number,
    title,
    asked,
    files: files.flatMap((pattern) => filesOf(pattern, number)),
  }));
}

function filesOf(pattern: string, number: string): string[] {
  const found = globSync(pattern, { cwd: root });
  if (found.length === 0)
    throw new Error(`days.json: no file matches ${pattern} of day ${number}.`);
  // Vitest runs the compiled file of a ReScript test.
  return found.map((file) => file.replace(/\.res$/, ".res.js"));
}
