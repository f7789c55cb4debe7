import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Output } from "../../src/Output.js";
import { LiveRegion } from "../../src/render/LiveRegion.js";
import { FakeStream } from "../harness/FakeStream.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function region(rows: () => string[]): {
  readonly stream: FakeStream;
  readonly region: LiveRegion;
  readonly atExit: (() => void)[];
} {
  const stream = new FakeStream({ columns: 20, rows: 6 });
  const atExit: (() => void)[] = [];
  const made = new LiveRegion(new Output(stream), rows, (action) => {
    atExit.push(action);
    return () => undefined;
  });
  return { stream, region: made, atExit };
}

/** The output since the previous call. */
function taken(stream: FakeStream): string {
  const { text } = stream;
  stream.text = "";
  return text;
}

describe("LiveRegion", () => {
  test("hides the cursor, prints finished lines above the region, and restores the terminal", () => {
    let rows = ["a running", "1/2"];
    const { stream, region: live } = region(() => rows);
    expect(taken(stream)).toBe("\u001b[?25l");
    live.append("started");
    vi.advanceTimersByTime(100);
    expect(taken(stream)).toBe("\rstarted\na running\n1/2");
    rows = ["2/2"];
    live.append("a done");
    vi.advanceTimersByTime(100);
    expect(taken(stream)).toBe("\r\u001b[1A\u001b[Ja done\n2/2");
    live.append("last");
    live.stop();
    expect(taken(stream)).toBe("\r\u001b[Jlast\n\u001b[?25h");
    live.stop();
    live.refresh();
    vi.advanceTimersByTime(5000);
    expect(taken(stream)).toBe("");
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

  test("counts the rows that a narrower terminal has wrapped", () => {
    const { stream, region: live } = region(() => ["\u001b[32m0123456789\u001b[39m", "x"]);
    live.refresh();
    vi.advanceTimersByTime(100);
    taken(stream);
    stream.resize(5, 6);
    vi.advanceTimersByTime(100);
    expect(taken(stream).startsWith("\r\u001b[2A")).toBe(true);
    live.stop();
  });

  test("shows the cursor again when the process ends", () => {
    const { stream, atExit } = region(() => ["row"]);
    for (const action of atExit) action();
    expect(stream.text.endsWith("\u001b[?25h")).toBe(true);
  });
});
