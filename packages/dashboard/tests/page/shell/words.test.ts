import { describe, expect, test } from "vitest";
import { spentText, tokens, usd } from "../../../src/page/shell/money.js";
import { screenFor } from "../../../src/page/shell/screens.js";
import { lookOf, toneClass } from "../../../src/page/shell/status-looks.js";
import { dayLong, dayShort, startOfDay, timeOfDay, when } from "../../../src/page/shell/time.js";

describe("usd", () => {
  test.each([
    [0, "$0"],
    [0.0031, "$0.0031"],
    [0.556, "$0.56"],
    [11.9, "$11.90"],
  ])("%d is %s", (amount, text) => {
    expect(usd(amount)).toBe(text);
  });
});

describe("tokens", () => {
  test("large numbers are rounded", () => {
    expect([812, 12_400, 3_400_000].map(tokens)).toEqual(["812", "12.4k", "3.4M"]);
  });
});

describe("spentText", () => {
  test.each([
    ["nothing is known", undefined, ""],
    ["a cost", { usd: 4.12, tokens: 9000, isAtLeast: false }, "$4.12"],
    ["a part of a cost", { usd: 0.08, isAtLeast: true }, "at least $0.08"],
    ["tokens without a price", { tokens: 1200, isAtLeast: false }, "1.2k tokens"],
    ["attempts that reported nothing", { isAtLeast: true }, ""],
  ])("%s", (_, spent, text) => {
    expect(spentText(spent)).toBe(text);
  });
});

describe("times", () => {
  const now = new Date(2026, 10, 29, 14, 9, 30).getTime();
  const morning = new Date(2026, 10, 29, 8, 5).getTime();
  const earlier = new Date(2025, 1, 3, 23, 59).getTime();

  test("a time of this day says how long ago, and an older one which day", () => {
    expect([when(morning, now), when(earlier, now)]).toEqual(["6h04m ago", "3 Feb 2025"]);
  });

  test("days have the year only if it is another one", () => {
    expect([dayShort(now, now), dayLong(now, now), dayLong(earlier, now)]).toEqual([
      "29 Nov",
      "29 November",
      "3 February 2025",
    ]);
  });

  test("a time of day is that of the local time zone", () => {
    expect([timeOfDay(morning), timeOfDay(earlier)]).toEqual(["08:05", "23:59"]);
    expect(startOfDay(now)).toBe(new Date(2026, 10, 29).getTime());
  });
});

describe("lookOf", () => {
  test("no two statuses of a run share a shape", () => {
    const words = ["running", "completed", "failed", "cancelled", "paused", "orphaned", "damaged"];
    const icons = new Set(words.map((word) => lookOf(word).icon));
    expect(icons.size).toBe(words.length);
  });

  test("no two statuses of a step share a shape", () => {
    const words = ["pending", "ready", "running", "waiting", "parked", "open", "completed"];
    const more = ["failed", "skipped", "cancelled", "interrupted", "unknown", "reused"];
    const icons = new Set([...words, ...more].map((word) => lookOf(word).icon));
    expect(icons.size).toBe(words.length + more.length);
  });

  test("a word that is not known looks like a step that has not begun", () => {
    expect(lookOf("brand-new")).toEqual({ icon: "pending", tone: "idle" });
  });

  test("each tone of the API is a class of the stylesheet", () => {
    const tones = ["ok", "fail", "run", "wait", "unknown", "idle"] as const;
    expect(tones.map(toneClass)).toEqual(["ok", "fail", "run", "wait", "unk", "idle"]);
  });
});

describe("screenFor", () => {
  test.each([
    ["runs", [], "runs"],
    ["runs", ["c41d7e"], "run"],
    ["runs", ["c41d7e", "more"], undefined],
    ["workflows", [], "workflows"],
    ["workflows", ["flows/a.yaml"], "workflow"],
    ["agents", [], "agents"],
    ["agents", ["x"], undefined],
    ["health", [], "health"],
    ["nowhere", [], undefined],
    ["constructor", [], undefined],
  ])("/%s %j is the screen %s", (name, rest, screen) => {
    expect(screenFor(name, rest)).toBe(screen);
  });
});
