import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { caught, definition, entry, freshPaths, owner, withRun, write } from "./fixture.js";

const path = freshPaths("two-connections");

describe("two connections to one database", () => {
  test("refuse every one of 1,000 writes by an owner that lost its lease", () => {
    const stale = withRun(path(), 1);
    const holder = openSqliteStorage({ path: path() });
    holder.acquireLease({
      runId: "r1",
      owner: { ...owner, ownerId: "e2" },
      now: 10,
      leaseUntil: 20,
      isDead: () => true,
    });
    let refused = 0;
    for (let count = 0; count < 1000; count += 1) {
      if (count % 2 === 0) write(holder, "r1", [entry(2 + count / 2)], { leaseEpoch: 2 });
      const entries = [entry(2 + Math.ceil(count / 2))];
      if (caught(() => write(stale, "r1", entries)).code === "lease_lost") refused += 1;
    }
    expect([refused, [...stale.readJournal("r1")].length]).toEqual([1000, 501]);
    stale.close();
    holder.close();
  });

  test("let an owner that claims its run again continue where the other one stopped", () => {
    const first = withRun(path(), 3);
    const second = openSqliteStorage({ path: path() });
    second.acquireLease({
      runId: "r1",
      owner: { ...owner, ownerId: "e2" },
      now: 10,
      leaseUntil: 20,
      isDead: () => true,
    });
    write(second, "r1", [entry(4), entry(5)], { leaseEpoch: 2 });
    first.acquireLease({ runId: "r1", owner, now: 30, leaseUntil: 40, isDead: () => true });
    write(first, "r1", [entry(6)], { leaseEpoch: 3 });
    expect([...second.readJournal("r1")].length).toBe(6);
    first.close();
    second.close();
  });

  test("do not carry data from a failed commit into the next one", () => {
    const storage = withRun(path(), 3);
    const other = new Database(path());
    other.pragma("busy_timeout = 0");
    other.exec("BEGIN IMMEDIATE");
    const late = openSqliteStorage({ path: path(), busyTimeoutMs: 5 });
    expect(caught(() => write(late, "r1", [entry(4)])).code).toBe("database_busy");
    other.exec("ROLLBACK");
    write(late, "r1", [entry(4)]);
    expect(caught(() => write(late, "r1", [entry(5), { ...entry(6), payload: "{" }])).code).toBe(
      "internal",
    );
    write(late, "r1", [entry(5)]);
    expect([...storage.readJournal("r1")].length).toBe(5);
    for (const open of [other, late, storage]) open.close();
  });

  test("see each other's commits, but not their own, in dataVersion", () => {
    const [one, two] = [withRun(path(), 1), openSqliteStorage({ path: path() })];
    const before = two.dataVersion();
    two.sendCommand({ runId: "r1", verb: "pause", argument: "{}", sentAt: 1 });
    const own = two.dataVersion();
    one.saveWorkflow({ ...definition, hash: "c".repeat(64) });
    expect([own === before, two.dataVersion() === before]).toEqual([true, false]);
    one.close();
    two.close();
  });
});
