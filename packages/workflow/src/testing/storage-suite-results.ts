import {
  type Check,
  codeOf,
  definition,
  type Expect,
  entry,
  HASH,
  newRun,
  turn,
  write,
} from "./storage-suite-fixture.js";

const LATER = { ...definition, hash: "b".repeat(64), version: "2", name: "later" };
const KEY = "e".repeat(64);

const changed = (seq: number, hash: string) =>
  entry(seq, "definition_changed", JSON.stringify({ definitionHash: hash }));

/** The definitions that runs come to after their first one. */
export function laterDefinitions(check: Check, expect: Expect): void {
  check("are shown in the run's row, which keeps its first one", (storage) => {
    write(storage, {
      definitions: [LATER],
      runs: [turn({ entries: [changed(2, LATER.hash)] })],
    });
    const { definitionHash, currentDefinitionHash, workflowName, workflowVersion } =
      storage.getRun("r1") ?? {};
    expect({ definitionHash, currentDefinitionHash, workflowName, workflowVersion }).toEqual({
      definitionHash: HASH,
      currentDefinitionHash: LATER.hash,
      workflowName: "later",
      workflowVersion: "2",
    });
    expect(storage.listRuns().map((run) => run.workflowVersion)).toEqual(["2"]);
  });
  check("are a way in which a run goes back, which an ordinary entry is not", (storage) => {
    write(storage, { newRuns: [newRun("r2")], definitions: [LATER] });
    const before = ["r1", "r2"].map((runId) => storage.hasGoneBack(runId));
    write(storage, { runs: [turn({ entries: [changed(2, LATER.hash)] })] });
    expect([before, ["r1", "r2", "none"].map((runId) => storage.hasGoneBack(runId))]).toEqual([
      [false, false],
      [true, false, false],
    ]);
  });
  check("may be the first one again", (storage) => {
    write(storage, {
      definitions: [LATER],
      runs: [turn({ entries: [changed(2, LATER.hash), changed(3, HASH)] })],
    });
    expect(storage.getRun("r1")?.currentDefinitionHash).toEqual(HASH);
  });
  check("must be stored, or nothing of the commit is", (storage) => {
    const broken = { runs: [turn({ entries: [changed(2, LATER.hash)] })] };
    expect(codeOf(() => write(storage, broken))).toEqual("internal");
    expect([...storage.readJournal("r1")].length).toEqual(1);
  });
  check("are kept as long as a run has come to them", (storage) => {
    const end = { state: "completed", status: "completed", updatedAt: 20, finishedAt: 20 } as const;
    write(storage, {
      definitions: [LATER],
      newRuns: [newRun("r2")],
      runs: [
        turn({ entries: [changed(2, LATER.hash)], run: { ...end, release: true } }),
        turn({ runId: "r2", entries: [entryOf("r2", 1)], run: { ...end, release: true } }),
      ],
    });
    const hashes = (): readonly string[] => storage.listWorkflows().map(({ hash }) => hash);
    const remove = (runId: string): unknown =>
      storage.removeRuns({ runIds: [runId], isHeld: () => false })[0]?.outcome;
    expect([remove("r2"), hashes().length]).toEqual(["removed", 2]);
    expect([remove("r1"), hashes().length]).toEqual(["removed", 0]);
  });
}

const entryOf = (runId: string, seq: number) => ({ ...entry(seq), runId });

/** Results that other runs may take. */
export function cachedResults(check: Check, expect: Expect): void {
  check("are found by the key of their request, the newest of each", (storage) => {
    expect(storage.cachedResult(KEY)).toEqual(undefined);
    write(storage, {
      runs: [turn({ entries: [entry(2)], cached: [{ key: KEY, seq: 2, at: 12 }] })],
    });
    expect(storage.cachedResult(KEY)).toEqual({ runId: "r1", seq: 2, at: 12 });
    write(storage, {
      newRuns: [newRun("r2")],
      runs: [
        turn({
          runId: "r2",
          entries: [entryOf("r2", 1)],
          cached: [{ key: KEY, seq: 1, at: 13 }],
        }),
      ],
    });
    expect(storage.cachedResult(KEY)).toEqual({ runId: "r2", seq: 1, at: 13 });
  });
  check("are gone with their run", (storage) => {
    const end = { state: "completed", status: "completed", updatedAt: 20, finishedAt: 20 } as const;
    write(storage, {
      runs: [
        turn({
          entries: [entry(2)],
          cached: [{ key: KEY, seq: 2, at: 12 }],
          run: { ...end, release: true },
        }),
      ],
    });
    storage.removeRuns({ runIds: ["r1"], isHeld: () => false });
    expect(storage.cachedResult(KEY)).toEqual(undefined);
  });
}

/** Where a fork comes from. */
export function forks(check: Check, expect: Expect): void {
  check(
    "keep the run and the entry that they began with, and where they were started",
    (storage) => {
      const forkedFrom = { runId: "r1", seq: 1, checkpointId: "c1" };
      const startedFrom = { directory: "/work" };
      write(storage, {
        newRuns: [
          { ...newRun("r2"), parentRunId: "r1", parentCheckpointId: "c1", forkedFrom, startedFrom },
          { ...newRun("r3"), parentRunId: "r1", forkedFrom: { runId: "r1", seq: 1 } },
        ],
      });
      const [second, third] = ["r2", "r3"].map((runId) => storage.getRun(runId));
      expect([second?.forkedFrom, second?.startedFrom]).toEqual([forkedFrom, startedFrom]);
      expect([third?.forkedFrom, third?.startedFrom]).toEqual([{ runId: "r1", seq: 1 }, undefined]);
      expect(storage.listForks("r1").toSorted()).toEqual(["r2", "r3"]);
    },
  );
}
