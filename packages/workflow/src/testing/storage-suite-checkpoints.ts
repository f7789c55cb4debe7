import {
  type Check,
  checkpoint,
  type Expect,
  entry,
  HASH,
  newRun,
  turn,
  write,
} from "./storage-suite-fixture.js";

/** Checkpoints of a run. */
export function checkpoints(check: Check, expect: Expect): void {
  check("are returned as written, and listed newest first without their payload", (storage) => {
    const named = checkpoint("c2", 2, {
      kind: "manual",
      name: "before-tests",
      parentCheckpointId: "c1",
      payload: '{"x":1}',
    });
    write(storage, {
      runs: [turn({ entries: [entry(2)], checkpoints: [named, checkpoint("c1", 1)] })],
    });
    expect([
      storage.getCheckpoint("c2"),
      storage.getCheckpoint("c1"),
      storage.getCheckpoint("c9"),
    ]).toEqual([named, checkpoint("c1", 1), undefined]);
    const { payload: _, sha256: __, parentCheckpointId: ___, ...summary } = named;
    const { payload: ____, sha256: _____, ...first } = checkpoint("c1", 1);
    expect([storage.listCheckpoints("r1"), storage.scanCheckpoints("r1")]).toEqual([
      [summary, first],
      [summary, first],
    ]);
    expect([storage.listCheckpoints("r2"), storage.scanCheckpoints("r2")]).toEqual([[], []]);
  });
  check("are rewritten and removed together, only while they are the expected ones", (storage) => {
    const all = [
      checkpoint("c1", 1),
      checkpoint("c2", 2, { parentCheckpointId: "c1" }),
      checkpoint("c3", 3, { parentCheckpointId: "c2" }),
    ];
    write(storage, { runs: [turn({ entries: [entry(2), entry(3)], checkpoints: all })] });
    const [whole, other] = [
      { ...checkpoint("c2", 2), payload: '{"whole":1}', sha256: "d".repeat(64) },
      "e".repeat(64),
    ];
    const expected = (c1 = HASH) =>
      new Map([...["c2", "c3"].map((id) => [id, HASH] as const), ["c1", c1]]);
    const change = { runId: "r1", expected: expected(), rewritten: [whole], removed: ["c1"] };
    expect([
      storage.rewriteCheckpoints({ ...change, expected: expected(other) }),
      storage.rewriteCheckpoints({ ...change, rewritten: [] }),
      storage.listCheckpoints("r1").length,
      storage.rewriteCheckpoints(change),
      storage.rewriteCheckpoints(change),
    ]).toEqual([false, false, 3, true, false]);
    expect([
      storage.listCheckpoints("r1").map((c) => c.checkpointId),
      storage.getCheckpoint("c2"),
    ]).toEqual([["c3", "c2"], whole]);
  });
  check(
    "are referenced when the run restored them or another run was forked from them",
    (storage) => {
      const back = entry(2, "restore_checkpoint", '{"checkpointId":"c1","completed":[]}');
      write(storage, {
        newRuns: [{ ...newRun("r2"), parentRunId: "r1", parentCheckpointId: "c2" }],
        runs: [
          turn({
            entries: [back, entry(3)],
            checkpoints: [checkpoint("c1", 1), checkpoint("c2", 2), checkpoint("c3", 3)],
          }),
        ],
      });
      expect([
        storage.referencedCheckpoints("r1").toSorted(),
        storage.referencedCheckpoints("r2"),
      ]).toEqual([["c1", "c2"], []]);
      expect([storage.runsWithCheckpoints(2), storage.runsWithCheckpoints(3)]).toEqual([
        ["r1"],
        [],
      ]);
    },
  );
}
