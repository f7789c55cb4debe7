import type { ExpiredLease, LeaseResult, StoragePort } from "../storage/StoragePort.js";
import {
  type Check,
  codeOf,
  type Expect,
  entry,
  expireLeases,
  newRun,
  other,
  owner,
  type StorageTraits,
  turn,
  write,
} from "./storage-suite-fixture.js";

/** Claiming, renewing and releasing runs. */
export function leases(check: Check, expect: Expect, traits: StorageTraits = {}): void {
  const claim = (
    storage: StoragePort,
    now: number,
    isDead = false,
    expired?: ExpiredLease,
  ): unknown =>
    storage.acquireLease({
      runId: "r1",
      owner: other,
      now,
      leaseUntil: now + 50,
      isDead: () => isDead,
      ...(expired !== undefined && { expired }),
    });
  if (traits.hasOwnClock === true)
    check("stay with a live owner until they expire by the clock of the database", (storage) => {
      const heldOf = (answer: unknown): unknown => (answer as LeaseResult).held;
      const seen = { leaseEpoch: 1, leaseUntil: 100 };
      // A claimant whose clock is ahead.
      const early = heldOf(claim(storage, 1e9, false, seen));
      expireLeases(storage, traits, ["r1"]);
      expect([
        early,
        heldOf(claim(storage, 101)),
        heldOf(claim(storage, 101, false, { ...seen, leaseEpoch: 0 })),
        claim(storage, 101, false, seen),
        storage.getRun("r1")?.owner,
      ]).toEqual([false, false, false, { held: true, leaseEpoch: 2, previousOwner: owner }, other]);
    });
  else
    check("stay with a live owner until they expire and are not renewed", (storage) => {
      const seen = { leaseEpoch: 1, leaseUntil: 100 };
      const refused = { held: false, owner, leaseUntil: 100 };
      expect([
        claim(storage, 100, false, seen),
        claim(storage, 101),
        claim(storage, 101, false, { ...seen, leaseUntil: 99 }),
        claim(storage, 101, false, { ...seen, leaseEpoch: 0 }),
        claim(storage, 101, false, seen),
      ]).toEqual([
        refused,
        refused,
        refused,
        refused,
        { held: true, leaseEpoch: 2, previousOwner: owner },
      ]);
      expect([storage.getRun("r1")?.owner, storage.getRun("r1")?.leaseUntil]).toEqual([other, 151]);
    });
  check("go to another engine at once when their owner is dead", (storage) => {
    expect(claim(storage, 50, true)).toEqual({ held: true, leaseEpoch: 2, previousOwner: owner });
  });
  check("keep the machine of their owner until they are released", (storage) => {
    const onMachine = { ...other, machine: "linux/boot/ns" };
    storage.acquireLease({
      runId: "r1",
      owner: onMachine,
      now: 50,
      leaseUntil: 60,
      isDead: () => true,
    });
    const claimed = storage.getRun("r1")?.owner;
    storage.releaseLease("r1", 2);
    expect([claimed, storage.getRun("r1")?.owner]).toEqual([onMachine, undefined]);
  });
  check("are claimed under a new epoch by their own owner too", (storage) => {
    expect(
      storage.acquireLease({ runId: "r1", owner, now: 50, leaseUntil: 60, isDead: () => false }),
    ).toEqual({
      held: true,
      leaseEpoch: 2,
      previousOwner: owner,
    });
  });
  check("are released only under the current epoch", (storage) => {
    claim(storage, 101, true);
    storage.releaseLease("r1", 1);
    expect(storage.getRun("r1")?.owner).toEqual(other);
    storage.releaseLease("r1", 2);
    expect([
      storage.getRun("r1")?.owner,
      storage.getRun("r1")?.leaseUntil,
      claim(storage, 102),
    ]).toEqual([undefined, undefined, { held: true, leaseEpoch: 3 }]);
  });
  check("are renewed for the given runs as far as the owner owns them", (storage) => {
    write(storage, { newRuns: [newRun("r2"), { ...newRun("r3"), owner: other }, newRun("r4")] });
    storage.renewLeases("engine-1", ["r1", "r2", "r3"], 500);
    expect(["r1", "r2", "r3", "r4"].map((id) => storage.getRun(id)?.leaseUntil)).toEqual([
      500, 500, 100, 100,
    ]);
  });
  check("count recoveries until an outcome is recorded or a person claims the run", (storage) => {
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
    storage.recordFailedRecovery("r1", 2, "the journal is damaged");
    storage.recordFailedRecovery("r1", 3, "the journal is damaged");
    expect([storage.getRun("r1")?.failedRecoveries, storage.getRun("r1")?.recoveryError]).toEqual([
      3,
      "the journal is damaged",
    ]);
    write(storage, {
      runs: [turn({ leaseEpoch: 3, entries: [entry(2)], clearsFailedRecoveries: true })],
    });
    expect([
      storage.getRun("r1")?.failedRecoveries,
      recover(true, 103),
      recover(false, 104),
    ]).toEqual([0, 1, 0]);
  });
  check("do not count as failed recoveries if the owner before them lives", (storage) => {
    const recover = (): void =>
      void storage.acquireLease({
        ...{ runId: "r1", owner: other, now: 101, leaseUntil: 200, isRecovery: true },
        isDead: () => true,
      });
    const counts: unknown[] = [];
    const withdraw = (leaseEpoch: number): void => {
      storage.withdrawFailedRecovery("r1", leaseEpoch);
      counts.push(storage.getRun("r1")?.failedRecoveries);
    };
    // No engine has claimed the run since.
    withdraw(1);
    recover();
    recover();
    withdraw(3);
    withdraw(2);
    withdraw(1);
    withdraw(1);
    expect(counts).toEqual([0, 2, 1, 0, 0]);
  });
  check(
    "do not count as failed recoveries once their owner has released them itself",
    (storage) => {
      const recover = (): number => {
        const answer = storage.acquireLease({
          ...{ runId: "r1", owner: other, now: 101, leaseUntil: 200, isRecovery: true },
          isDead: () => true,
        });
        return answer.held ? answer.leaseEpoch : 0;
      };
      const counts: unknown[] = [];
      const count = (): unknown => counts.push(storage.getRun("r1")?.failedRecoveries);
      recover();
      const epoch = recover();
      count();
      storage.releaseLease("r1", epoch);
      storage.releaseLease("r1", epoch);
      count();
      storage.recordFailedRecovery("r1", 2, "the journal is damaged");
      count();
      recover();
      storage.releaseLease("r1", epoch);
      count();
      expect(counts).toEqual([2, 1, 2, 3]);
    },
  );
  check("of a run that does not exist are refused with run_not_found", (storage) => {
    const request = { runId: "nowhere", owner, now: 1, leaseUntil: 2, isDead: () => false };
    expect(codeOf(() => storage.acquireLease(request))).toEqual("run_not_found");
  });
}

/** Process groups of agents. */
export function processes(check: Check, expect: Expect): void {
  const kept = {
    runId: "r1",
    stepId: "a",
    attemptNumber: 1,
    host: "here",
    pid: 7,
    processStart: "boot/9",
  };
  const attributed = {
    ...kept,
    pid: 8,
    machine: "linux/boot/ns",
    ownerId: "engine-1",
    token: "r1/a/1@file.engine-1",
    databaseId: "file",
  };
  check("are stored with the turn that they belong to", (storage) => {
    write(storage, { runs: [turn({ processes: [kept, attributed] })] });
    expect([storage.agentProcesses("r1"), storage.agentProcesses("r2")]).toEqual([
      [kept, attributed],
      [],
    ]);
  });
  check("are not stored for an engine that lost the run", (storage) => {
    storage.acquireLease({
      runId: "r1",
      owner: other,
      now: 101,
      leaseUntil: 200,
      isDead: () => true,
    });
    expect(codeOf(() => write(storage, { runs: [turn({ processes: [kept] })] }))).toEqual(
      "lease_lost",
    );
    expect(storage.agentProcesses("r1")).toEqual([]);
  });
}

/** Writes under an epoch that is not the current one. */
export function fencing(check: Check, expect: Expect): void {
  check(
    "refuses a whole commit if another engine claimed one of its runs, and names that run",
    (storage) => {
      write(storage, { newRuns: [newRun("r2")] });
      storage.acquireLease({
        runId: "r1",
        owner: other,
        now: 101,
        leaseUntil: 200,
        isDead: () => true,
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
  check(
    "lets the new owner write, and the old owner again once it has claimed the run",
    (storage) => {
      storage.acquireLease({
        runId: "r1",
        owner: other,
        now: 101,
        leaseUntil: 200,
        isDead: () => true,
      });
      write(storage, { runs: [turn({ leaseEpoch: 2, entries: [entry(2)] })] });
      storage.acquireLease({ runId: "r1", owner, now: 201, leaseUntil: 300, isDead: () => true });
      write(storage, { runs: [turn({ leaseEpoch: 3, entries: [entry(3)] })] });
      expect([...storage.readJournal("r1")].map(({ seq }) => seq)).toEqual([1, 2, 3]);
    },
  );
  check("refuses a run that was released or does not exist", (storage) => {
    storage.releaseLease("r1", 1);
    expect(codeOf(() => write(storage, { runs: [turn({ entries: [entry(2)] })] }))).toEqual(
      "lease_lost",
    );
    expect(codeOf(() => write(storage, { runs: [turn({ runId: "nowhere" })] }))).toEqual(
      "run_not_found",
    );
  });
}
