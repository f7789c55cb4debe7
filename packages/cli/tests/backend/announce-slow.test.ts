import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { announcingSlow } from "../../src/backend/announce-slow.js";
import { FakeIo } from "../harness/FakeIo.js";

const remote = { shown: "restate://host:8080" };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a call of a Restate server", () => {
  test("says after 5 s for what it waits, once for each kind of call", async () => {
    const io = new FakeIo({ cwd: "/" });
    const reading = Promise.withResolvers<string>();
    const first = announcingSlow(io, remote, "read", reading.promise);
    await vi.advanceTimersByTimeAsync(4999);
    expect(io.err.text).toBe("");
    await vi.advanceTimersByTimeAsync(1);
    expect(io.err.text).toMatch(
      /^Waiting for a worker of restate:\/\/host:8080: none has answered for 5 s\. .*Ctrl-C ends the wait\.\n$/,
    );
    reading.resolve("rows");
    expect(await first).toBe("rows");
    const never = new Promise(() => undefined);
    void announcingSlow(io, remote, "read", never);
    void announcingSlow(io, remote, "command", never);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(io.err.text.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/Ctrl-C ends the wait\.$/),
      expect.stringMatching(/a worker performs later what the server already has\.$/),
    ]);
  });

  test("that is answered sooner says nothing", async () => {
    const io = new FakeIo({ cwd: "/" });
    await announcingSlow(io, remote, "read", Promise.resolve());
    await expect(
      announcingSlow(io, remote, "read", Promise.reject(new Error("refused"))),
    ).rejects.toThrow("refused");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(io.err.text).toBe("");
  });
});
