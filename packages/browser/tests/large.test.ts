import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser, useSample } from "./support/use-browser.ts";

/** Runs with many steps: what is selected, the last row of the list, and how many rows there are. */
const RUNS = [
  { path: "/runs/@wide-1500", step: "step-700", last: "step-1499", rows: 1500 },
  { path: "/runs/@many-10000", step: "s5000", last: "s9999", rows: 10_000 },
  { path: "/runs/@fan-1000", step: "each[500]", last: "join", rows: 2 },
];
/** At most this many rows are in the document: the others are outside of what is in view. */
const MOST_ROWS = 200;

// The runs of these sizes take long to make, so this belongs to the long form.
describe.runIf(process.env["AXW_BROWSER"] === "full")("a run with very many steps", () => {
  const browser = useBrowser();
  const sample = useSample(browser, { large: true });

  test.each(RUNS)(
    "$path: a step is selected, the list has an end, and its middle event is shown",
    async ({ path, step, last, rows }) => {
      const page: Page = await sample().page(`${path}?step=${encodeURIComponent(step)}`);
      const details = page.getByRole("complementary", { name: "Selected step" });
      await details.getByRole("table", { name: "Attempts" }).waitFor();
      const selected = page.locator('[role=row][aria-selected="true"]');
      expect(await selected.locator(".nm").getAttribute("title")).toBe(step);
      const grid = page.getByRole("treegrid");
      expect(Number(await grid.getAttribute("aria-rowcount"))).toBeGreaterThanOrEqual(rows);

      await selected.focus();
      await page.keyboard.press("End");
      await page.locator(`[role=row][aria-selected="true"] .nm[title="${last}"]`).waitFor();
      expect(await grid.getByRole("row").count()).toBeLessThan(MOST_ROWS);

      const events = page.getByRole("slider", { name: "Event shown" });
      const middle = Math.floor(Number(await events.getAttribute("max")) / 2);
      await events.fill(String(middle));
      await page.getByText(`Event ${middle} of`).first().waitFor();
      await page.getByRole("button", { name: "Back to now" }).first().click();
      await page.getByText(`Event ${middle} of`).first().waitFor({ state: "detached" });
      await page.context().close();
    },
  );
});
