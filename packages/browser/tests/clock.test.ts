import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser, useSample } from "./support/use-browser.ts";

const HOUR = 3_600_000;
/** Pages are read one after the other, and times of an hour and more are shown in minutes. */
const TOLERANCE_S = 150;

const browser = useBrowser();
const sample = useSample(browser);

/** What is shown that depends on the present: per screen, where it is. */
const SHOWN: readonly { readonly path: string; readonly selectors: readonly string[] }[] = [
  { path: "/runs", selectors: ["main table.runs"] },
  {
    path: "/runs/@user-auth-workflow",
    selectors: [
      "[role=columnheader] .now",
      ".run-head .rh2",
      '[role=row][aria-label^="schema-approval"] .num:not(.cost)',
    ],
  },
  { path: "/gates/@first", selectors: ["main"] },
  { path: "/agents", selectors: ["main table"] },
];

const TIMES = /(?:\d+d)?(?:\d+h)?(?:\d+m)?\d+s\b|\d+h\d+m\b|\d+d\d+h\b|\b\d\d:\d\d(?::\d\d)?/g;

/** The text without its times, and the times in seconds. */
async function read(page: Page, selector: string): Promise<{ text: string; times: number[] }> {
  const all = (await page.locator(selector).first().innerText()).replaceAll("\n", " ");
  const times = [...all.matchAll(TIMES)].map(([time]) => secondsOf(time));
  return { text: all.replace(TIMES, "#"), times };
}

function secondsOf(time: string): number {
  if (time.includes(":")) {
    const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
    return hours * 3600 + minutes * 60 + seconds;
  }
  const units: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 };
  return [...time.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, count, unit = "s"]) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
}

describe("a browser whose clock is wrong", () => {
  test.each(SHOWN)(
    "shows the times of $path by the server's clock",
    async ({ path, selectors }) => {
      const clocks = [0, HOUR, -HOUR];
      const pages = await Promise.all(
        clocks.map((clockAheadMs) => sample().page(path, { clockAheadMs })),
      );
      for (const page of pages)
        await page.getByRole("status").filter({ hasText: "live" }).waitFor();
      const ahead = await pages[1]?.evaluate(() => Date.now());
      expect(Math.abs((ahead ?? 0) - Date.now() - HOUR)).toBeLessThan(HOUR / 10);
      for (const selector of selectors) {
        for (const page of pages) await page.locator(selector).first().waitFor();
        const [right, ...wrong] = await Promise.all(pages.map((page) => read(page, selector)));
        expect(right?.times.length).toBeGreaterThan(0);
        for (const { text, times } of wrong) {
          expect(text).toBe(right?.text);
          expect(times.filter((time, at) => isOff(time, right?.times[at] ?? 0))).toEqual([]);
        }
      }
      await Promise.all(pages.map((page) => page.context().close()));
    },
  );
});

function isOff(time: number, right: number): boolean {
  return Math.abs(time - right) > TOLERANCE_S;
}
