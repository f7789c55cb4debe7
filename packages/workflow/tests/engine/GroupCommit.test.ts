import { describe, expect, test } from "vitest";
import type { Committer } from "../../src/engine/Committer.js";
import { GroupCommit } from "../../src/engine/GroupCommit.js";
import { WorkflowError } from "../../src/index.js";
import type { Commit, StoragePort } from "../../src/storage/StoragePort.js";
import { SimulatedClock } from "../../src/testing/index.js";

/** A storage that supports only commits, and throws these failures first. */
function storageOf(failures: WorkflowError[]): { storage: StoragePort; commits: Commit[] } {
  const commits: Commit[] = [];
  const commit = (given: Commit): void => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    commits.push(given);
  };
  return { storage: { commit } as unknown as StoragePort, commits };
}

/** A run that records the outcome of its turns. */
function runOf(runId: string): Committer & { turns: number; notes: string[] } {
  const run = {
    runId,
    isStored: true,
    isDetached: false,
    turns: 0,
    notes: [] as string[],
    takeTurn: () => {
      run.turns += 1;
      const entries = [{ runId, seq: run.turns, type: "steps_scheduled", at: 0, payload: "{}" }];
      return {
        definitions: [],
        artifacts: [],
        commit: { runId, leaseEpoch: 1, entries, checkpoints: [] },
      };
    },
    committed: () => void run.notes.push("committed"),
    failed: (error: WorkflowError) => void run.notes.push(error.code),
  };
  return run;
}

const written = (commits: Commit[]): string[][] =>
  commits.map((commit) =>
    commit.runs.flatMap((run) => run.entries.map((entry) => `${entry.runId}/${entry.seq}`)),
  );
const busy = (): WorkflowError => new WorkflowError("database_busy", "busy");
const log = {
  runId: "a",
  stepId: "s",
  attemptNumber: 1,
  stream: "stdout",
  at: 0,
  text: "hi",
} as const;

describe("GroupCommit", () => {
  test("writes the changes of all runs from one turn in one transaction", async () => {
    const clock = new SimulatedClock();
    const { storage, commits } = storageOf([]);
    const group = new GroupCommit(storage, clock);
    const [a, b] = [runOf("a"), runOf("b")];
    for (const run of [a, b, a]) group.schedule(run);
    await clock.settle();
    expect({ written: written(commits), notes: [a.notes, b.notes] }).toEqual({
      written: [["a/1", "b/1"]],
      notes: [["committed"], ["committed"]],
    });
  });

  test("keeps the order of turns while the database is busy", async () => {
    const clock = new SimulatedClock();
    const { storage, commits } = storageOf([busy(), busy()]);
    const group = new GroupCommit(storage, clock);
    const a = runOf("a");
    group.schedule(a);
    group.flush();
    group.schedule(a);
    group.flush();
    await clock.settle();
    expect({ written: written(commits), notes: a.notes }).toEqual({
      written: [["a/1"], ["a/2"]],
      notes: ["committed", "committed"],
    });
  });

  test("fails a turn if the database stays busy, then writes the next one", async () => {
    const clock = new SimulatedClock();
    const { storage, commits } = storageOf([busy(), busy(), busy(), busy(), busy(), busy()]);
    const group = new GroupCommit(storage, clock);
    const [a, b] = [runOf("a"), runOf("b")];
    group.schedule(a);
    await clock.settle();
    await clock.settle();
    group.schedule(b);
    await clock.settle();
    expect({ a: a.notes, b: b.notes, written: written(commits) }).toEqual({
      a: ["database_busy"],
      b: ["committed"],
      written: [["b/1"]],
    });
  });

  test("accepts no further turn from a run that failed while its turn was waiting", async () => {
    const clock = new SimulatedClock();
    const { storage, commits } = storageOf([busy(), new WorkflowError("database_full", "full")]);
    const group = new GroupCommit(storage, clock);
    const [a, b] = [runOf("a"), runOf("b")];
    group.schedule(a);
    group.flush();
    group.schedule(a);
    group.schedule(b);
    await clock.settle();
    expect({ a: a.notes, b: b.notes, written: written(commits) }).toEqual({
      a: ["database_full"],
      b: ["committed"],
      written: [["b/1"]],
    });
  });

  test("fails only the run that another engine has claimed, and writes the other runs", async () => {
    const clock = new SimulatedClock();
    const { storage, commits } = storageOf([
      new WorkflowError("lease_lost", "taken", { runId: "a" }),
    ]);
    const group = new GroupCommit(storage, clock);
    const [a, b] = [runOf("a"), runOf("b")];
    group.schedule(a);
    group.schedule(b);
    await clock.settle();
    expect({ a: a.notes, b: b.notes, written: written(commits) }).toEqual({
      a: ["lease_lost"],
      b: ["committed"],
      written: [["b/1"]],
    });
  });

  test("can lose ownership of thousands of runs in one turn", async () => {
    const runs = Array.from({ length: 3000 }, (_, index) => runOf(`r${index}`));
    const clock = new SimulatedClock();
    const commit = ({ runs: [first] }: Commit): void => {
      if (first !== undefined)
        throw new WorkflowError("lease_lost", "taken", { runId: first.runId });
    };
    const group = new GroupCommit({ commit } as unknown as StoragePort, clock);
    for (const run of runs) group.schedule(run);
    await clock.settle();
    const notes = new Map<string, number>();
    for (const note of runs.flatMap((run) => run.notes))
      notes.set(note, (notes.get(note) ?? 0) + 1);
    expect(notes).toEqual(new Map([["lease_lost", 3000]]));
  });

  test("writes agents' output with the next turn, or soon after if there is none", async () => {
    const clock = new SimulatedClock();
    const { storage, commits } = storageOf([]);
    const group = new GroupCommit(storage, clock);
    for (let line = 0; line < 100; line += 1) group.log(log);
    await clock.settle();
    expect(commits.length).toBe(0);
    await clock.advance(200);
    group.log(log);
    group.schedule(runOf("a"));
    await clock.settle();
    expect({ logs: commits.map((commit) => commit.logs.length), timers: clock.timerCount }).toEqual(
      { logs: [100, 1], timers: 0 },
    );
  });

  test("stops writing a run whose turn has failed, but keeps writing the others", async () => {
    const clock = new SimulatedClock();
    const { storage, commits } = storageOf(Array.from({ length: 6 }, busy));
    const group = new GroupCommit(storage, clock);
    const [a, b] = [runOf("a"), runOf("b")];
    group.schedule(a);
    group.flush();
    for (const run of [a, b]) group.schedule(run);
    await clock.settle();
    await clock.settle();
    expect({ written: written(commits), notes: [a.notes, b.notes] }).toEqual({
      written: [["b/1"]],
      notes: [["database_busy"], ["committed"]],
    });
  });
});
