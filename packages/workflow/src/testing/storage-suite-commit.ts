import {
  begun,
  type Check,
  checkpoint,
  codeOf,
  definition,
  type Expect,
  entry,
  HASH,
  newRun,
  outcome,
  turn,
  write,
} from "./storage-suite-fixture.js";

/** Storing definitions. */
export function definitions(check: Check, expect: Expect): void {
  check(
    "are stored once per hash: saving another under the same hash changes nothing",
    (storage) => {
      storage.saveWorkflow({ ...definition, name: "another" });
      expect(storage.getWorkflow(HASH)).toEqual(definition);
      expect(storage.getWorkflow("b".repeat(64))).toEqual(undefined);
    },
  );
  check("are listed newest first", (storage) => {
    const newer = { ...definition, hash: "b".repeat(64), createdAt: 2 };
    storage.saveWorkflow(newer);
    expect(storage.listWorkflows()).toEqual([newer, definition]);
  });
}

/** What a commit writes. */
export function commits(check: Check, expect: Expect): void {
  check("creates runs in state idle, under epoch 1", (storage) => {
    write(storage, { newRuns: [newRun("r2")] });
    expect(storage.getRun("r2")).toEqual(begun("r2"));
    expect(storage.getRun("r3")).toEqual(undefined);
  });
  check("records the last entry of the journal, and its instant, in the run's row", (storage) => {
    expect(storage.getRun("r1")).toEqual({ ...begun("r1"), journalSeq: 1, updatedAt: entry(1).at });
    write(storage, { runs: [turn({ entries: [entry(2), entry(3)] })] });
    expect(storage.getRun("r1")).toEqual({ ...begun("r1"), journalSeq: 3, updatedAt: entry(3).at });
  });
  check("stores the parent of a fork", (storage) => {
    const fork = { ...newRun("r2"), parentRunId: "r1", parentCheckpointId: "c1" };
    write(storage, { newRuns: [fork] });
    expect(storage.getRun("r2")).toEqual({
      ...begun("r2"),
      parentRunId: "r1",
      parentCheckpointId: "c1",
    });
  });
  check("writes everything or, after an error, nothing", (storage) => {
    const artifact = { sha256: "c".repeat(64), content: '"x"' };
    const broken = {
      newRuns: [newRun("r2")],
      artifacts: [artifact],
      runs: [turn({ entries: [entry(2), entry(4)], checkpoints: [checkpoint("c1", 2)] })],
    };
    expect(codeOf(() => write(storage, broken))).toEqual("internal");
    expect([
      [...storage.readJournal("r1")].length,
      storage.getRun("r2"),
      storage.getArtifact(artifact.sha256),
      storage.listCheckpoints("r1"),
    ]).toEqual([1, undefined, undefined, []]);
    write(storage, { runs: [turn({ entries: [entry(2)] })] });
    expect([...storage.readJournal("r1")].length).toEqual(2);
  });
  check("changes the run's row, and releases the lease when requested", (storage) => {
    const change = {
      state: "failed",
      status: "failed",
      updatedAt: 20,
      finishedAt: 20,
      error: "e",
      errorCode: "c",
    } as const;
    write(storage, { runs: [turn({ entries: [entry(2)], run: { ...change, release: true } })] });
    const { owner: _, leaseUntil: __, ...rest } = begun("r1");
    expect(storage.getRun("r1")).toEqual({ ...rest, ...change, journalSeq: 2 });
    expect(storage.countRuns()).toEqual({
      running: 0,
      completed: 0,
      failed: 1,
      paused: 0,
      cancelled: 0,
    });
  });
  check("stores an artifact once per hash", (storage) => {
    const artifact = { sha256: HASH, content: '"x"' };
    write(storage, { artifacts: [artifact, { ...artifact, content: '"y"' }] });
    expect(storage.getArtifact(HASH)).toEqual('"x"');
  });
}

/** Reading the journal. */
export function journal(check: Check, expect: Expect): void {
  check("returns the entries as written, from any position", (storage) => {
    const second = entry(2, "workflow_failed", '{"error":"\\u0000 ‼ \\"quoted\\""}');
    const third = outcome(3, "step_completed", "a", 1, '{"result":{"deep":[1.5,"ü"]}}');
    write(storage, { runs: [turn({ entries: [second, third] })] });
    expect([...storage.readJournal("r1")]).toEqual([entry(1), second, third]);
    expect([...storage.readJournal("r1", 2)]).toEqual([third]);
    expect([...storage.readJournal("r1", 3)]).toEqual([]);
  });
  check("is empty for a run that does not exist", (storage) => {
    expect([...storage.readJournal("nowhere")]).toEqual([]);
  });
  check("can be written while it is read, over several pages", (storage) => {
    write(storage, {
      runs: [turn({ entries: Array.from({ length: 1999 }, (_, index) => entry(index + 2)) })],
    });
    let last = 0;
    for (const { seq } of storage.readJournal("r1")) {
      if (seq === 1000) write(storage, { runs: [turn({ entries: [entry(2001)] })] });
      last = seq === last + 1 ? seq : Number.NaN;
    }
    expect(last).toEqual(2001);
  });
}
