import type { JournalEntry, NewRun, RunOwner, StoragePort, StoredCheckpoint, StoredDefinition } from "../storage/StoragePort.js";

/** What the suite needs of a test runner; `vitest` has it. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly test: (name: string, body: () => void) => void;
  readonly expect: (actual: unknown) => { toEqual(expected: unknown): void; toThrow(expected: unknown): void };
}

const HASH = "a".repeat(64);
const owner: RunOwner = { ownerId: "engine-1", host: "here", pid: 1, processStart: "0" };
const definition: StoredDefinition = {
  hash: HASH,
  workflowId: "w",
  name: "W",
  version: "1.0.0",
  format: "yaml",
  source: "id: w",
  definition: '{"id":"w","steps":[]}',
  stepCount: 1,
  createdAt: 1,
};
const newRun = (runId: string, createdAt = 10): NewRun => ({
  runId,
  workflowId: "w",
  definitionHash: HASH,
  inputs: { a: 1 },
  context: {},
  createdAt,
  owner,
  leaseUntil: 100,
});
const entry = (runId: string, seq: number, type = "steps_scheduled"): JournalEntry => ({ runId, seq, type, at: 10 + seq, payload: "{}" });
const checkpoint = (checkpointId: string, seq: number, parentCheckpointId?: string): StoredCheckpoint => ({
  checkpointId,
  runId: "r1",
  seq,
  kind: "automatic",
  createdAt: seq,
  completedCount: seq,
  payload: "{}",
  sha256: HASH,
  ...(parentCheckpointId !== undefined && { parentCheckpointId }),
});

/** What every storage has to do, whatever it is made of. */
export function describeStorage(name: string, open: () => StoragePort, { describe, test, expect }: TestRunner): void {
  const withRun =
    (body: (storage: StoragePort) => void): (() => void) =>
    () => {
      const storage = open();
      try {
        storage.saveDefinition(definition);
        storage.commit({
          newRuns: [newRun("r1")],
          artifacts: [],
          logs: [],
          runs: [{ runId: "r1", leaseEpoch: 1, entries: [entry("r1", 1)], checkpoints: [] }],
        });
        body(storage);
      } finally {
        storage.close();
      }
    };
  const write = (storage: StoragePort, leaseEpoch: number, entries: JournalEntry[], checkpoints: StoredCheckpoint[] = []): void =>
    storage.commit({ newRuns: [], artifacts: [], logs: [], runs: [{ runId: "r1", leaseEpoch, entries, checkpoints }] });

  describe(`${name}: definitions`, () => {
    test(
      "are kept once by hash, whatever is saved under it later",
      withRun((storage) => {
        storage.saveDefinition({ ...definition, name: "another" });
        expect(storage.getDefinition(HASH)).toEqual(definition);
        expect(storage.listDefinitions()).toEqual([definition]);
      }),
    );
  });

  describe(`${name}: commit`, () => {
    test(
      "writes entries that are read back in order, from any place",
      withRun((storage) => {
        write(storage, 1, [
          entry("r1", 2),
          { ...entry("r1", 3, "step_completed"), stepId: "a", attemptNumber: 1, payload: '{"result":1}' },
        ]);
        expect([...storage.readJournal("r1")].map(({ seq, type }) => [seq, type])).toEqual([
          [1, "steps_scheduled"],
          [2, "steps_scheduled"],
          [3, "step_completed"],
        ]);
        expect([...storage.readJournal("r1", 2)]).toEqual([
          { runId: "r1", seq: 3, type: "step_completed", at: 13, stepId: "a", attemptNumber: 1, payload: '{"result":1}' },
        ]);
      }),
    );
    test(
      "writes all of it or nothing",
      withRun((storage) => {
        expect(() => write(storage, 1, [entry("r1", 2), entry("r1", 4)])).toThrow(/does not follow/);
        expect([...storage.readJournal("r1")].length).toEqual(1);
        write(storage, 1, [entry("r1", 2)]);
        expect([...storage.readJournal("r1")].length).toEqual(2);
      }),
    );
    test(
      "under an older epoch is refused, for every run in it",
      withRun((storage) => {
        storage.acquireLease({ runId: "r1", owner: { ...owner, ownerId: "engine-2" }, now: 101, leaseUntil: 200, isDead: () => false });
        expect(() => write(storage, 1, [entry("r1", 2)])).toThrow(/taken over/);
        write(storage, 2, [entry("r1", 2)]);
        expect([...storage.readJournal("r1")].length).toEqual(2);
      }),
    );
    test(
      "changes the run's row and gives the lease back when asked to",
      withRun((storage) => {
        const run = {
          state: "failed",
          status: "failed",
          updatedAt: 20,
          finishedAt: 20,
          error: "e",
          errorCode: "c",
          release: true,
        } as const;
        storage.commit({ newRuns: [], artifacts: [], logs: [], runs: [{ runId: "r1", leaseEpoch: 1, entries: [], checkpoints: [], run }] });
        const { state, error, finishedAt, owner: holder } = storage.getRun("r1") ?? {};
        expect({ state, error, finishedAt, holder }).toEqual({ state: "failed", error: "e", finishedAt: 20, holder: undefined });
        expect(storage.countRuns()).toEqual({ running: 0, completed: 0, failed: 1, paused: 0, cancelled: 0 });
      }),
    );
    test(
      "keeps an artifact once, and a piece of output where it belongs",
      withRun((storage) => {
        const artifact = { sha256: HASH, content: '"x"' };
        const log = { runId: "r1", stepId: "a", attemptNumber: 1, stream: "stderr", at: 11, text: "hm" } as const;
        storage.commit({ newRuns: [], artifacts: [artifact, artifact], runs: [], logs: [log] });
        expect(storage.getArtifact(HASH)).toEqual('"x"');
        expect(storage.readLogs("r1", "a").map(({ id: _, ...rest }) => rest)).toEqual([log]);
        expect(storage.readLogs("r1", "b")).toEqual([]);
      }),
    );
  });

  describe(`${name}: runs`, () => {
    test(
      "are found by any part of the id, and listed newest first",
      withRun((storage) => {
        storage.commit({ newRuns: [newRun("r2", 20), newRun("x%' OR 1=1 --", 30)], artifacts: [], logs: [], runs: [] });
        expect(storage.listRuns({ limit: 2 }).map((run) => run.runId)).toEqual(["x%' OR 1=1 --", "r2"]);
        expect(storage.findRuns("2").map((run) => run.runId)).toEqual(["r2"]);
        expect(storage.findRuns("%")).toEqual(storage.findRuns("' OR 1=1"));
        expect(storage.listRuns({ workflowId: "' OR 1=1 --" })).toEqual([]);
      }),
    );
    test(
      "list their attempts with what became of them",
      withRun((storage) => {
        const batch = { ...entry("r1", 2, "execute_step_batch"), payload: '{"stepIds":["a","b"],"attempts":[1,1]}' };
        const failed = {
          ...entry("r1", 3, "step_failed"),
          stepId: "a",
          attemptNumber: 1,
          payload: '{"error":"e","reason":"error","final":true}',
        };
        write(storage, 1, [batch, failed]);
        expect(storage.listAttempts("r1")).toEqual([
          { runId: "r1", stepId: "a", attemptNumber: 1, status: "failed", startedAt: 12, finishedAt: 13, error: "e" },
          { runId: "r1", stepId: "b", attemptNumber: 1, status: "running", startedAt: 12 },
        ]);
        expect(storage.listAttempts("r1", "b").length).toEqual(1);
      }),
    );
  });

  describe(`${name}: checkpoints`, () => {
    test(
      "are listed newest first; pruning spares those that others build on",
      withRun((storage) => {
        write(storage, 1, [entry("r1", 2)], [checkpoint("c1", 1), checkpoint("c2", 2, "c1"), checkpoint("c3", 3), checkpoint("c4", 4)]);
        expect(storage.listCheckpoints("r1").map((c) => c.checkpointId)).toEqual(["c4", "c3", "c2", "c1"]);
        expect(storage.pruneCheckpoints("r1", 1)).toEqual(2);
        expect(storage.listCheckpoints("r1").map((c) => c.checkpointId)).toEqual(["c4", "c1"]);
        expect(storage.getCheckpoint("c1")).toEqual(checkpoint("c1", 1));
      }),
    );
  });

  describe(`${name}: leases`, () => {
    test(
      "go to another only when they are free, expired, or their owner is dead",
      withRun((storage) => {
        const other = { ...owner, ownerId: "engine-2" };
        const ask = (now: number, isDead: boolean): unknown =>
          storage.acquireLease({ runId: "r1", owner: other, now, leaseUntil: now + 50, isDead: () => isDead });
        expect(ask(50, false)).toEqual({ held: false, owner, leaseUntil: 100 });
        expect(ask(50, true)).toEqual({ held: true, leaseEpoch: 2 });
        expect(ask(60, false)).toEqual({ held: true, leaseEpoch: 3 });
        storage.releaseLease("r1", 3);
        expect(storage.getRun("r1")?.owner).toEqual(undefined);
      }),
    );
    test(
      "are prolonged for all runs of an owner",
      withRun((storage) => {
        storage.renewLeases("engine-1", 500);
        expect(storage.getRun("r1")?.leaseUntil).toEqual(500);
      }),
    );
  });

  describe(`${name}: commands`, () => {
    test(
      "reach the owner of the run until they are answered",
      withRun((storage) => {
        const sent = { runId: "r1", verb: "pause", argument: "{}", sentAt: 12 } as const;
        const commandId = storage.sendCommand(sent);
        expect(storage.pendingCommands("engine-1")).toEqual([{ ...sent, commandId }]);
        expect(storage.pendingCommands("engine-2")).toEqual([]);
        expect(storage.commandAnswer(commandId)).toEqual(undefined);
        storage.answerCommand(commandId, "ok:", 13);
        expect([storage.pendingCommands("engine-1").length, storage.commandAnswer(commandId)]).toEqual([0, "ok:"]);
      }),
    );
  });
}
