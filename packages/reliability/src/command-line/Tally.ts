import type { PartReport } from "../part.ts";
import type { Verdict } from "./judge.ts";

/** Adds up verdicts. */
export class Tally {
  #triedCount = 0;
  readonly #broken = { lost: 0, different: 0, ranAgain: 0 };
  readonly #failures: string[] = [];

  /**
   * Tries a point; false when `verdict` says that it was not reached. `where` names it so that it can be tried again.
   * What throws, because it cannot be read or does not end, is a final state that differs.
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
      for (const line of verdict[promise]) this.#failures.push(`${where}: ${line}`);
    }
  }

  fail(where: string, line: string): void {
    this.#failures.push(`${where}: ${line}`);
  }

  /** `least` is how many points must have been tried for the part to mean anything. */
  report(lines: readonly string[], least: number): PartReport {
    if (this.#triedCount < least)
      this.fail("count", `only ${this.#triedCount} points were tried, ${least} are due`);
    const { lost, different, ranAgain } = this.#broken;
    const sum = `${this.#triedCount} points: lost ${lost}, final state different ${different}, finished steps run again ${ranAgain}`;
    return { triedCount: this.#triedCount, failures: this.#failures, lines: [sum, ...lines] };
  }
}
