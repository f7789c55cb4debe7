import type { RunOwner, StoragePort } from "../storage/StoragePort.js";
import { type Check, type Expect, newRun, write } from "./storage-suite-fixture.js";

const RECEIVER = "a".repeat(64);

const owner = (ownerId: string): RunOwner => ({ ownerId, host: "h", pid: 1, processStart: "" });

/** The checks of how far notices came to their receivers. */
export function notices(check: Check, expect: Expect): void {
  const position = { runId: "r1", receiver: RECEIVER, seq: 0, part: 0, failures: 0, givenUp: 0 };
  const addTo = ({ notices: stored }: StoragePort): void =>
    stored.add([{ runId: "r1", receiver: RECEIVER, name: "n", seq: 0 }]);

  check("stores the receivers of a new run with the run", (storage) => {
    write(storage, {
      newRuns: [newRun("r2")],
      notified: [{ runId: "r2", receiver: RECEIVER, name: "n", seq: 0 }],
      runs: [],
    });
    expect(storage.notices.ofRun("r2")).toEqual([{ ...position, runId: "r2", name: "n" }]);
  });

  check("keeps how far a receiver came; one that is added again stays where it is", (storage) => {
    addTo(storage);
    const { notices: stored } = storage;
    stored.record({ ...position, part: 1, failures: 2, dueAt: 9, error: "down" });
    stored.add([{ runId: "r1", receiver: RECEIVER, name: "other", seq: 7 }]);
    expect(stored.ofRun("r1")).toEqual([
      { ...position, name: "n", part: 1, failures: 2, dueAt: 9, error: "down" },
    ]);
    stored.record(position);
    expect(stored.ofRun("r1")).toEqual([{ ...position, name: "n" }]);
  });

  check("lists positions before the end of a journal, and those with lost notices", (storage) => {
    addTo(storage);
    const { notices: stored } = storage;
    const counts = [{ seq: 0 }, { seq: 1 }, { seq: 1, givenUp: 1 }].map((changes) => {
      stored.record({ ...position, ...changes });
      return stored.unsettled().length;
    });
    expect(counts).toEqual([1, 0, 1]);
  });

  check("lets one engine deliver, until it dies, is late or lets others", (storage) => {
    addTo(storage);
    const { notices: stored } = storage;
    const claim = (id: string, now: number, isDead = false): boolean =>
      stored.claim({
        ...{ runId: "r1", owner: owner(id), now, heldUntil: now + 10 },
        isDead: () => isDead,
      });
    const claims = [claim("a", 0), claim("a", 5), claim("b", 5), claim("b", 6, true)];
    claims.push(claim("a", 7), claim("a", 17));
    stored.release("r1", "b");
    claims.push(claim("b", 18));
    stored.release("r1", "a");
    claims.push(claim("b", 18));
    expect(claims).toEqual([true, true, false, true, false, true, false, true]);
  });
}
