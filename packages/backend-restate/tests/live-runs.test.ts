import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveRuns } from "../src/decide/LiveRuns.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new AbortController().signal;

// Notes when a follower is answered.
function follow(live: LiveRuns, afterSeq: number, signal = never) {
  const follower = { hasWaited: undefined as boolean | undefined };
  const wait = async (): Promise<void> => {
    follower.hasWaited = await live.untilNews("run", { afterSeq, collectMs: 100 }, signal);
  };
  void wait();
  return follower;
}

test("a run that no segment of this worker drives is not waited for", async () => {
  const live = new LiveRuns();
  const follower = follow(live, 0);
  await vi.advanceTimersByTimeAsync(0);
  expect(follower.hasWaited).toBe(false);
});

test("a follower collects what happens, and then waits for the next entry", async () => {
  const live = new LiveRuns();
  const reached = live.enter("run", never);
  reached(3);
  const behind = follow(live, 2);
  const upToDate = follow(live, 3);
  await vi.advanceTimersByTimeAsync(90);
  expect(behind.hasWaited).toBeUndefined();
  await vi.advanceTimersByTimeAsync(20);
  expect(behind.hasWaited).toBe(true);
  expect(upToDate.hasWaited).toBeUndefined();
  reached(4);
  await vi.advanceTimersByTimeAsync(10);
  expect(upToDate.hasWaited).toBe(true);
});

test("of a crowd, each follower collects longer, and has the end at once", async () => {
  const live = new LiveRuns();
  const ended = new AbortController();
  live.enter("run", ended.signal)(5);
  const crowd = Array.from({ length: 100 }, () => follow(live, 0));
  await vi.advanceTimersByTimeAsync(1900);
  expect(crowd.some(({ hasWaited }) => hasWaited)).toBe(false);
  await vi.advanceTimersByTimeAsync(150);
  expect(crowd.some(({ hasWaited }) => hasWaited)).toBe(true);
  ended.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(crowd.every(({ hasWaited }) => hasWaited)).toBe(true);
});

test("the end of a segment answers its followers at once", async () => {
  const live = new LiveRuns();
  const ended = new AbortController();
  live.enter("run", ended.signal);
  const follower = follow(live, 0);
  await vi.advanceTimersByTimeAsync(1);
  expect(follower.hasWaited).toBeUndefined();
  ended.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(follower.hasWaited).toBe(true);
  const late = follow(live, 0);
  await vi.advanceTimersByTimeAsync(0);
  expect(late.hasWaited).toBe(false);
});

test("an execution that has been replaced does not end the one that replaces it", async () => {
  const live = new LiveRuns();
  const lost = new AbortController();
  live.enter("run", lost.signal);
  const follower = follow(live, 1);
  const reached = live.enter("run", never);
  lost.abort();
  await vi.advanceTimersByTimeAsync(200);
  expect(follower.hasWaited).toBeUndefined();
  reached(2);
  await vi.advanceTimersByTimeAsync(10);
  expect(follower.hasWaited).toBe(true);
});

test("a follower is answered when the worker stops, or when its connection is lost", async () => {
  const live = new LiveRuns();
  live.enter("run", never);
  const connection = new AbortController();
  const lost = follow(live, 0, connection.signal);
  const follower = follow(live, 0);
  connection.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect([lost.hasWaited, follower.hasWaited]).toEqual([true, undefined]);
  live.close();
  const late = follow(live, 0);
  await vi.advanceTimersByTimeAsync(0);
  expect([follower.hasWaited, late.hasWaited]).toEqual([true, false]);
});

test("nothing happens for long: a follower is answered all the same", async () => {
  const live = new LiveRuns();
  live.enter("run", never);
  const follower = follow(live, 0);
  await vi.advanceTimersByTimeAsync(4900);
  expect(follower.hasWaited).toBeUndefined();
  await vi.advanceTimersByTimeAsync(200);
  expect(follower.hasWaited).toBe(true);
});
