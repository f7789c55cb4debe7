import type { StoragePort } from "../storage/StoragePort.js";
import {
  type Check,
  codeOf,
  type Expect,
  entry,
  newRun,
  other,
  owner,
  turn,
  write,
} from "./storage-suite-fixture.js";

export function leases(check: Check, expect: Expect): void {
  const ask = (storage: StoragePort, now: number, isDead = false): unknown =>
    storage.acquireLease({
      runId: "r1",
      owner: other,
      now,
      leaseUntil: now + 50,
      isDead: () => isDead,
    });
  check("stay with an owner that lives until they expire", (storage) => {
    expect(ask(storage, 100)).toEqual({ held: false, owner, leaseUntil: 100 });
    expect(ask(storage, 101)).toEqual({ held: true, leaseEpoch: 2 });
    expect([storage.getRun("r1")?.owner, storage.getRun("r1")?.leaseUntil]).toEqual([other, 151]);
  });
  check("go to another at once when their owner is dead", (storage) => {
    expect(ask(storage, 50, true)).toEqual({ held: true, leaseEpoch: 2 });
  });
  check("of one's own are taken anew under a new epoch", (storage) => {
    expect(
      storage.acquireLease({ runId: "r1", owner, now: 50, leaseUntil: 60, isDead: () => false }),
    ).toEqual({
      held: true,
      leaseEpoch: 2,
    });
  });
  check("are given back only under the epoch that holds", (storage) => {
    ask(storage, 101);
    storage.releaseLease("r1", 1);
    expect(storage.getRun("r1")?.owner).toEqual(other);
    storage.releaseLease("r1", 2);
    expect([
      storage.getRun("r1")?.owner,
      storage.getRun("r1")?.leaseUntil,
      ask(storage, 102),
    ]).toEqual([undefined, undefined, { held: true, leaseEpoch: 3 }]);
  });
  check("are prolonged for the runs of an owner that are named, and no other's", (storage) => {
    write(storage, { newRuns: [newRun("r2"), { ...newRun("r3"), owner: other }, newRun("r4")] });
    storage.renewLeases("engine-1", ["r1", "r2", "r3"], 500);
    expect(["r1", "r2", "r3", "r4"].map((id) => storage.getRun(id)?.leaseUntil)).toEqual([
      500, 500, 100, 100,
    ]);
  });
  check(
    "count takings that no person asked for, until an outcome follows, or a person asks",
    (storage) => {
      const recover = (isRecovery: boolean, now: number): unknown => {
        storage.acquireLease({
          runId: "r1",
          owner: other,
          now,
          leaseUntil: now,
          isDead: () => true,
          isRecovery,
        });
        return storage.getRun("r1")?.failedRecoveries;
      };
      expect([recover(true, 101), recover(true, 102)]).toEqual([1, 2]);
      storage.recordFailedRecovery("r1", 2, "no sense in it");
      storage.recordFailedRecovery("r1", 3, "no sense in it");
      expect([storage.getRun("r1")?.failedRecoveries, storage.getRun("r1")?.recoveryError]).toEqual(
        [3, "no sense in it"],
      );
      write(storage, {
        runs: [turn({ leaseEpoch: 3, entries: [entry(2)], clearsFailedRecoveries: true })],
      });
      expect([
        storage.getRun("r1")?.failedRecoveries,
        recover(true, 103),
        recover(false, 104),
      ]).toEqual([0, 1, 0]);
    },
  );
  check("of a run that is not there are refused", (storage) => {
    const request = { runId: "nowhere", owner, now: 1, leaseUntil: 2, isDead: () => false };
    expect(codeOf(() => storage.acquireLease(request))).toEqual("run_not_found");
  });
}

export function processes(check: Check, expect: Expect): void {
  const kept = {
    runId: "r1",
    stepId: "a",
    attemptNumber: 1,
    host: "here",
    pid: 7,
    processStart: "boot/9",
  };
  check("are kept with the turn that they belong to", (storage) => {
    write(storage, { runs: [turn({ processes: [kept, { ...kept, pid: 8 }] })] });
    expect([storage.agentProcesses("r1"), storage.agentProcesses("r2")]).toEqual([
      [kept, { ...kept, pid: 8 }],
      [],
    ]);
  });
  check("are not kept for an engine that lost the run", (storage) => {
    storage.acquireLease({
      runId: "r1",
      owner: other,
      now: 101,
      leaseUntil: 200,
      isDead: () => false,
    });
    expect(codeOf(() => write(storage, { runs: [turn({ processes: [kept] })] }))).toEqual(
      "lease_lost",
    );
    expect(storage.agentProcesses("r1")).toEqual([]);
  });
}

export function fencing(check: Check, expect: Expect): void {
  check(
    "refuses the whole commit when one run in it went to another engine, and names it",
    (storage) => {
      write(storage, { newRuns: [newRun("r2")] });
      storage.acquireLease({
        runId: "r1",
        owner: other,
        now: 101,
        leaseUntil: 200,
        isDead: () => false,
      });
      const stale = [
        turn({ runId: "r2", entries: [{ ...entry(1), runId: "r2" }] }),
        turn({ entries: [entry(2)] }),
      ];
      let refused: { code?: string; runId?: string } = {};
      try {
        write(storage, { runs: stale });
      } catch (error) {
        refused = error as object;
      }
      expect([
        refused.code,
        refused.runId,
        [...storage.readJournal("r1")].length,
        [...storage.readJournal("r2")].length,
      ]).toEqual(["lease_lost", "r1", 1, 0]);
    },
  );
  check("lets the new owner write, and the old one again once it has the run back", (storage) => {
    storage.acquireLease({
      runId: "r1",
      owner: other,
      now: 101,
      leaseUntil: 200,
      isDead: () => false,
    });
    write(storage, { runs: [turn({ leaseEpoch: 2, entries: [entry(2)] })] });
    storage.acquireLease({ runId: "r1", owner, now: 201, leaseUntil: 300, isDead: () => false });
    write(storage, { runs: [turn({ leaseEpoch: 3, entries: [entry(3)] })] });
    expect([...storage.readJournal("r1")].map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });
  check("refuses a run that was given back, or is not there", (storage) => {
    storage.releaseLease("r1", 1);
    expect(codeOf(() => write(storage, { runs: [turn({ entries: [entry(2)] })] }))).toEqual(
      "lease_lost",
    );
    expect(codeOf(() => write(storage, { runs: [turn({ runId: "nowhere" })] }))).toEqual(
      "run_not_found",
    );
  });
}
