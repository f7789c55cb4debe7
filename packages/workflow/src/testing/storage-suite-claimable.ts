import type { NewRun, PauseReason, StoragePort } from "../storage/StoragePort.js";
import {
  type Check,
  type Expect,
  expireLeases,
  ids,
  newRun,
  other,
  type StorageTraits,
  turn,
  write,
} from "./storage-suite-fixture.js";

/** A run that no engine owns. */
function queued(runId: string, createdAt = 10): NewRun {
  const { owner: _, leaseUntil: __, ...run } = newRun(runId, createdAt);
  return run;
}

/** Ends or pauses a run of `newRun`, and releases its lease unless `release` is false. */
function rest(
  storage: StoragePort,
  runId: string,
  change: {
    readonly status: "completed" | "failed" | "paused";
    readonly pauseReason?: PauseReason;
    readonly wakeAt?: number;
    readonly release?: boolean;
  },
): void {
  const { status, release = true, ...more } = change;
  const ended = status === "paused" ? {} : { finishedAt: 20 };
  const run = { state: status, status, updatedAt: 20, release, ...ended, ...more };
  write(storage, { runs: [turn({ runId, run })] });
}

/** The runs that an engine may claim. */
export function claimable(check: Check, expect: Expect, traits: StorageTraits = {}): void {
  const found = (storage: StoragePort, now = 50, limit = 10): string[] =>
    ids(storage.listClaimable(now, limit));

  check("are those without an owner, oldest first, up to the limit", (storage) => {
    write(storage, { newRuns: [queued("r4", 30), queued("r2", 5), queued("r3", 20)] });
    expect([found(storage), found(storage, 50, 2), found(storage, 50, 0)]).toEqual([
      ["r2", "r3", "r4"],
      ["r2", "r3"],
      [],
    ]);
  });
  check("of one instant come in the order in which they were stored", (storage) => {
    write(storage, { newRuns: [queued("r9"), queued("r2"), queued("r5")] });
    expect(found(storage)).toEqual(["r9", "r2", "r5"]);
  });
  check("are whole rows", (storage) => {
    write(storage, { newRuns: [queued("r2")] });
    expect(storage.listClaimable(50, 10)).toEqual([storage.getRun("r2")]);
  });
  check("include a run whose lease has expired, and one that was released", (storage) => {
    write(storage, { newRuns: [newRun("r2", 11)] });
    storage.releaseLease("r2", 1);
    const before = found(storage, 100);
    expireLeases(storage, traits, ["r1"]);
    expect([before, found(storage, 101)]).toEqual([["r2"], ["r1", "r2"]]);
  });
  check("include the runs of dead owners, each of which is asked about once", (storage) => {
    write(storage, {
      newRuns: [newRun("r2", 11), { ...newRun("r3", 12), owner: other }, queued("r4", 13)],
    });
    const asked: string[] = [];
    const runs = storage.listClaimable(50, 10, (owner) => {
      asked.push(owner.ownerId);
      return owner.ownerId === "engine-1" && owner.host === "here" && owner.pid === 1;
    });
    expect([ids(runs), asked.toSorted()]).toEqual([
      ["r1", "r2", "r4"],
      ["engine-1", "engine-2"],
    ]);
  });
  check("include a run that waits once it has something to do", (storage) => {
    write(storage, { newRuns: [newRun("r2", 11), newRun("r3", 12), newRun("r4", 13)] });
    rest(storage, "r1", { status: "paused", pauseReason: "waiting", wakeAt: 60 });
    rest(storage, "r2", { status: "paused" });
    rest(storage, "r3", { status: "paused", pauseReason: "budget" });
    rest(storage, "r4", { status: "paused", pauseReason: "waiting" });
    expect([found(storage, 59.5), found(storage, 60)]).toEqual([[], ["r1"]]);
  });
  check("are one list of both kinds, by age", (storage) => {
    write(storage, { newRuns: [queued("r2", 5), queued("r3", 15)] });
    rest(storage, "r1", { status: "paused", pauseReason: "waiting", wakeAt: 30 });
    expect([found(storage), found(storage, 50, 2)]).toEqual([
      ["r2", "r1", "r3"],
      ["r2", "r1"],
    ]);
  });
  check("do not include runs that have ended, or that a living engine is pausing", (storage) => {
    write(storage, { newRuns: [newRun("r2"), newRun("r3")] });
    rest(storage, "r1", { status: "completed" });
    rest(storage, "r2", { status: "failed" });
    const waiting = { status: "paused", pauseReason: "waiting", wakeAt: 30 } as const;
    rest(storage, "r3", { ...waiting, release: false });
    const before = found(storage);
    expireLeases(storage, traits, ["r3"]);
    expect([before, found(storage, 101)]).toEqual([[], ["r3"]]);
  });
}
