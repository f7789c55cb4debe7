import { describe, expect, test, vi } from "vitest";
import { ChangeWatcher } from "../../src/observe/ChangeWatcher.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { freshPaths } from "../storage/fixture.js";

const path = freshPaths("change-watcher");

describe("ChangeWatcher", () => {
  test("calls each listener after a commit of another connection", async () => {
    const [reader, writer] = [
      openSqliteStorage({ path: path() }),
      openSqliteStorage({ path: path() }),
    ];
    const watcher = new ChangeWatcher(reader);
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const stops = [first, second].map(({ resolve }) => watcher.listen(() => resolve()));
    writer.saveWorkflow({
      ...{ hash: "c".repeat(64), workflowId: "w", name: "W", version: "1", format: "yaml" },
      ...{ source: "", definition: '{"steps":[{}]}', stepCount: 1, createdAt: 1 },
    });
    await Promise.all([first.promise, second.promise]);
    for (const stop of stops) stop();
    for (const storage of [reader, writer]) storage.close();
  });

  test("polls as often for two listeners as for one, and never without one", () => {
    vi.useFakeTimers();
    const dataVersion = vi.fn(() => 1);
    const watcher = new ChangeWatcher({ dataVersion });
    const pollsIn = (ms: number): number => {
      dataVersion.mockClear();
      vi.advanceTimersByTime(ms);
      return dataVersion.mock.calls.length;
    };
    const stop = watcher.listen(() => {});
    const withOne = pollsIn(1000);
    const stopOther = watcher.listen(() => {});
    const withTwo = pollsIn(1000);
    stop();
    stopOther();
    expect([withOne, withTwo, pollsIn(1000)]).toEqual([20, 20, 0]);
    vi.useRealTimers();
  });

  test("reports a change that its own connection has made when it is announced", () => {
    const watcher = new ChangeWatcher({ dataVersion: () => 1 });
    const changed = vi.fn();
    const stop = watcher.listen(changed);
    watcher.announce();
    stop();
    watcher.announce();
    expect(changed).toHaveBeenCalledTimes(1);
  });

  test("does not count one function that listens twice as one listener", () => {
    const watcher = new ChangeWatcher({ dataVersion: () => 1 });
    const changed = vi.fn();
    const [stop, other] = [watcher.listen(changed), watcher.listen(changed)];
    watcher.announce();
    stop();
    watcher.announce();
    other();
    expect(changed).toHaveBeenCalledTimes(3);
  });

  test("reports once that the file is gone", () => {
    vi.useFakeTimers();
    const problem = { code: "database_unusable" } as never;
    let isGone = false;
    const watcher = new ChangeWatcher({
      dataVersion: () => 1,
      lost: () => (isGone ? problem : undefined),
    });
    const changed = vi.fn();
    const stop = watcher.listen(changed);
    isGone = true;
    vi.advanceTimersByTime(5000);
    stop();
    vi.useRealTimers();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(watcher.lost).toBe(problem);
  });

  test("asks again after an error of the database", () => {
    vi.useFakeTimers();
    let dataVersion = (): number => 1;
    const watcher = new ChangeWatcher({ dataVersion: () => dataVersion() });
    const changed = vi.fn();
    const stop = watcher.listen(changed);
    dataVersion = () => {
      throw new Error("busy");
    };
    vi.advanceTimersByTime(100);
    expect(changed).not.toHaveBeenCalled();
    dataVersion = () => 2;
    vi.advanceTimersByTime(100);
    stop();
    vi.useRealTimers();
    expect(changed).toHaveBeenCalledTimes(1);
  });
});
