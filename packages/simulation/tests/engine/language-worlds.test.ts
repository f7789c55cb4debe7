import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases, runEngineSeed } from "../../src/engine/index.js";
import { workflowOfSeed } from "../../src/engine/workflows.js";

/** Seeds whose workflow has conditions, inner steps, items and rounds. */
const seeds = Array.from(
  { length: 320 },
  (_, index) => 32 * (1 + Math.floor(index / 8)) + (index % 8),
);

let databases: Databases;
beforeAll(() => {
  databases = new Databases();
});
afterAll(() => databases.close());

/** What the next process wrote first after each death of a process. */
function writtenAfterDeaths(trace: readonly string[]): string[] {
  return trace.flatMap((line, index) => {
    if (!line.endsWith(" dies")) return [];
    const next = trace.slice(index).find((later) => later.includes(" writes "));
    return next === undefined ? [] : [next];
  });
}

describe("worlds whose workflows have items, rounds and inner steps", () => {
  test("keep every promise, also if a process dies within an item, within a round, or between two", async () => {
    const failures: string[] = [];
    const written: string[] = [];
    for (const seed of seeds) {
      const { failures: found, trace } = await runEngineSeed({ seed, databases });
      failures.push(...found.map((failure) => `seed ${seed}: ${failure}`));
      written.push(...writtenAfterDeaths(trace));
    }
    expect(failures).toEqual([]);
    const count = (pattern: RegExp): number => written.filter((line) => pattern.test(line)).length;
    const counts = {
      withinItem: count(/step_failed \S*\[[^\]]*\]/),
      withinRound: count(/step_failed \S*#\d/),
      betweenRounds: count(/: (?:\w+, )*steps_due/),
    };
    expect(Object.entries(counts).filter(([, times]) => times < 3)).toEqual([]);
  });

  test("use every construct", () => {
    const texts = seeds.map((seed) => JSON.stringify(workflowOfSeed(seed).prepared.definition));
    const constructs = [
      '"if":',
      '"foreach":',
      '"loop":',
      '"steps":[{"id":"s',
      '"joins":',
      '"join":"any"',
      '"listed"',
      '"choice":',
      '"concurrency":',
      '"everyMs":',
      '"output":',
    ];
    expect(
      constructs.filter((construct) => !texts.some((text) => text.includes(construct))),
    ).toEqual([]);
  });
});
