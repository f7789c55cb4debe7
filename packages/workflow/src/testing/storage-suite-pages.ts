import type { RunSearch, StoragePort } from "../storage/StoragePort.js";
import {
  type Check,
  definition,
  type Expect,
  ids,
  newRun,
  turn,
  write,
} from "./storage-suite-fixture.js";

/** Pages of lists of runs. */
export function pages(check: Check, expect: Expect): void {
  check("are read one after the other, also if runs were started in the meantime", (storage) => {
    write(storage, { newRuns: ["r2", "r3", "r4", "r5"].map((id) => newRun(id, 20)) });
    const first = storage.pageRuns({}, 2);
    write(storage, { newRuns: [newRun("r6", 30), newRun("r0", 5)] });
    const second = storage.pageRuns({}, 2, first.next);
    const third = storage.pageRuns({}, 2, second.next);
    expect([first, second, third].map(({ runs }) => ids(runs))).toEqual([
      ["r5", "r4"],
      ["r3", "r2"],
      ["r1", "r0"],
    ]);
    expect([first.next, third.next]).toEqual([{ createdAt: 20, runId: "r4" }, undefined]);
  });
  check("contain the runs that match, by every field of a search", (storage) => {
    write(storage, {
      definitions: [{ ...definition, hash: "b".repeat(64), workflowId: "v", name: "Nightly" }],
      newRuns: [
        { ...newRun("r2", 20), inputs: { branch: "Main-7" } },
        { ...newRun("r3", 30), definitionHash: "b".repeat(64), workflowId: "v" },
        { ...newRun("r3.a", 31), parentRunId: "r3", parentStepId: "a" },
      ],
      runs: [
        turn({
          run: {
            state: "failed",
            status: "failed",
            updatedAt: 40,
            finishedAt: 40,
            error: "No such Table",
          },
        }),
      ],
    });
    const found = (search: RunSearch): string => ids(storage.pageRuns(search, 10).runs).join(" ");
    expect(
      [
        { text: "main-7" },
        { text: "NIGHT" },
        { text: "such table" },
        { text: "R3" },
        { text: "%" },
        { workflowId: "v" },
        { status: "failed" as const },
        { status: "running" as const, isChild: false },
        { createdFrom: 20, createdBefore: 30 },
      ].map(found),
    ).toEqual(["r2", "r3", "r1", "r3.a r3", "", "r3", "r1", "r3 r2", "r2"]);
  });
  check("have a tally that counts the same runs by status", (storage) => {
    write(storage, {
      newRuns: [newRun("r2", 20), { ...newRun("r1.a", 30), parentRunId: "r1", parentStepId: "a" }],
      runs: [turn({ run: { state: "paused", status: "paused", updatedAt: 40 } })],
    });
    expect(
      [{}, { isChild: false }, { isChild: true }, { createdFrom: 20 }, { text: "r1" }].map(
        (search) => tallyOf(storage, search),
      ),
    ).toEqual([
      "2 running, 1 paused",
      "1 running, 1 paused",
      "1 running",
      "2 running",
      "1 running, 1 paused",
    ]);
  });
}

function tallyOf(storage: StoragePort, search: RunSearch): string {
  const { counts } = storage.tallyRuns(search);
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
    .join(", ");
}
