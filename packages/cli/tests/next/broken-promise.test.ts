import { describe, expect, test, vi } from "vitest";
import { Folder, workflow } from "../harness/axw.js";
import { BROKEN_PROMISE } from "./lines.js";
import { printedLine } from "./type-line.js";

const STORY = { seed: 4, failures: ["run 1 was lost"], faults: [], trace: [] };

// The engine breaks no promise, so the simulation reports one that it did not find.
vi.mock("@automatosx/simulation", () => ({
  engineInvariants: [],
  simulateSeeds: () =>
    Promise.resolve({
      seedCount: 9,
      runCount: 9,
      faultCount: 0,
      faultKinds: {},
      steps: {},
      endings: { completed: 9, failed: 0, cancelled: 0, open: 0 },
      makespansMs: [1],
      failedCount: 1,
      failed: [STORY],
    }),
  traceSeed: () => Promise.resolve({ ...STORY, ok: false, endings: ["completed"], makespanMs: 1 }),
}));

describe("the next line after a broken promise", () => {
  test.each(BROKEN_PROMISE.map((line) => [line.typed.join(" "), line] as const))(
    "repeats the seed, and is accepted, after axw %s",
    async (_, { typed, prints }) => {
      const folder = new Folder({
        "flow.yaml": workflow("  - {id: one, agentId: sh, task: one}\n"),
      });
      const printed = printedLine(await folder.here(typed));
      const { code } = await folder.here(printed.split(" ").slice(1));
      // The exit code says that the promise is still broken.
      expect([printed, code]).toEqual([prints, 1]);
    },
  );
});
