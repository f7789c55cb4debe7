import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("announce", () => {
  test("says the first message at once, and the last of those that follow within the gap", async () => {
    const { announce, announced, MESSAGE_GAP_MS } = await import(
      "../../../src/page/shell/announce.js"
    );
    const said: string[] = [];
    announced.subscribe((text) => said.push(text));

    announce("1 new run");
    announce("2 new runs");
    announce("3 new runs");
    await vi.advanceTimersByTimeAsync(MESSAGE_GAP_MS);
    await vi.advanceTimersByTimeAsync(MESSAGE_GAP_MS);
    announce("Connected again.");

    expect(said).toEqual(["", "1 new run", "3 new runs", "Connected again."]);
  });
});
