import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LiveRegion } from "../../src/render/LiveRegion.js";
import { FakeIo } from "../harness/FakeIo.js";
import { type Screen, ScreenRecorder } from "../harness/screen.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Made {
  readonly io: FakeIo;
  readonly region: LiveRegion;
  readonly recorder: ScreenRecorder;
  /** The terminal after the next redraw. */
  readonly shown: () => Promise<Screen>;
}

function region(rows: () => readonly string[], size = { columns: 20, rows: 6 }): Made {
  const io = new FakeIo({ cwd: "/", terminal: size });
  const recorder = new ScreenRecorder(io.out);
  return {
    io,
    region: new LiveRegion(io.stdout, rows, io),
    recorder,
    shown() {
      vi.advanceTimersByTime(100);
      return recorder.shown();
    },
  };
}

describe("LiveRegion", () => {
  test("keeps finished lines above the region, and erases the region at its end", async () => {
    let rows = ["a running", "1/2"];
    const { region: live, shown, io } = region(() => rows);
    live.append("started");
    const first = await shown();
    rows = ["2/2"];
    live.append("a done");
    const second = await shown();
    live.append("last");
    live.stop();
    const end = await shown();
    const { text } = io.out;
    live.stop();
    live.refresh();
    vi.advanceTimersByTime(5000);
    expect([first, second, end, io.out.text === text]).toEqual([
      { rows: ["started", "a running", "1/2"], cursor: { row: 2, column: 3 } },
      { rows: ["started", "a done", "2/2"], cursor: { row: 2, column: 3 } },
      { rows: ["started", "a done", "last"], cursor: { row: 3, column: 0 } },
      true,
    ]);
  });

  test("draws at most ten times a second", () => {
    let draws = 0;
    const { region: live } = region(() => {
      draws += 1;
      return ["row"];
    });
    for (let ms = 0; ms < 1000; ms += 1) {
      live.refresh();
      vi.advanceTimersByTime(1);
    }
    live.stop();
    expect(draws).toBeLessThanOrEqual(10);
    expect(draws).toBeGreaterThan(5);
  });

  test("writes only the rows that have changed", async () => {
    let rows = ["one", "two", "three"];
    const { region: live, shown, io } = region(() => rows);
    live.refresh();
    await shown();
    const { length } = io.out.text;
    rows = ["one", "2", "three"];
    live.refresh();
    const { rows: seen, cursor } = await shown();
    const written = io.out.text.slice(length);
    live.refresh();
    await shown();
    expect({ seen, cursor, written, again: io.out.text.slice(length) === written }).toEqual({
      seen: ["one", "2", "three"],
      cursor: { row: 2, column: 5 },
      written: "\r\u001b[2A\n2\u001b[K\nthree\u001b[K",
      again: true,
    });
  });

  test.each([5, 9, 13, 19])(
    "leaves no row behind in a terminal cut to %i columns",
    async (columns) => {
      const width = (text: string): string => text.slice(0, columns - 1);
      let isCut = false;
      const text = "0123456789abcdefgh";
      const {
        region: live,
        shown,
        recorder,
      } = region(() => [isCut ? width(text) : `\u001b[32m${text}\u001b[39m`, "x"]);
      live.append("done");
      await shown();
      isCut = true;
      recorder.resize(columns, 6);
      const cut = await shown();
      live.stop();
      expect([cut.rows, (await shown()).rows]).toEqual([["done", width(text), "x"], ["done"]]);
    },
  );

  test("is erased when the process exits", async () => {
    const { region: live, shown, io } = region(() => ["row"]);
    live.append("done");
    await shown();
    io.exitNow(1);
    expect((await shown()).rows).toEqual(["done"]);
  });
});
