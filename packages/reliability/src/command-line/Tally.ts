import type { PartReport } from "../part.ts";
import type { Verdict } from "./judge-stops.ts";

/** Counts the points that were tried and the promises that were broken. */
export class Tally {
  #triedCount = 0;
  readonly #broken = { lost: 0, different: 0, ranAgain: 0 };
  readonly #failures: string[] = [];

  /**
   * Tries one point. `where` describes the point so that it can be tried again. Resolves to false
   * if `verdict` resolves to undefined, which means that the point was not reached. An error thrown
   * by `verdict`, such as an unreadable database, counts as a different outcome.
   */
  async judge(where: string, verdict: () => Promise<Verdict | undefined>): Promise<boolean> {
    try {
      const given = await verdict();
      if (given !== undefined) this.add(where, given);
      return given !== undefined;
    } catch (error) {
      this.add(where, {
        lost: [],
        different: [error instanceof Error ? error.message : String(error)],
        ranAgain: [],
      });
      return true;
    }
  }

  add(where: string, verdict: Verdict): void {
    this.#triedCount += 1;
    for (const promise of ["lost", "different", "ranAgain"] as const) {
      if (verdict[promise].length > 0) this.#broken[promise] += 1;
      for (const line of verdict[promise]) this.fail(where, line);
    }
  }

  fail(where: string, line: string): void {
    this.#failures.push(`${where}: ${line}`);
  }

  /**
   * Fails the part if fewer than `leastPoints` were tried, since the result would not be
   * meaningful.
   */
  report(lines: readonly string[], leastPoints: number): PartReport {
    if (this.#triedCount < leastPoints)
      this.fail(
        "count",
        `${this.#triedCount} points were tried; at least ${leastPoints} are needed`,
      );
    const { lost, different, ranAgain } = this.#broken;
    const sum =
      `${this.#triedCount} points: ${lost} lost a reported step, ` +
      `${different} ended differently, ${ranAgain} ran a finished step again`;
    return { triedCount: this.#triedCount, failures: this.#failures, lines: [sum, ...lines] };
  }
}
