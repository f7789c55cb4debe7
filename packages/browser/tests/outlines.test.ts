import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser, useSample } from "./support/use-browser.ts";

/** Every screen, by the name of its outline, with what is on it once it is loaded. */
const SCREENS: readonly (readonly [name: string, path: string, selector: string])[] = [
  ["runs", "/runs", "table.runs"],
  ["no-match", "/runs?q=nothing", "main h2:text('No run matches')"],
  ["run", "/runs/@user-auth-workflow", "[role=log] li"],
  ["run-failed", "/runs/@docs-refresh^1", "[role=log] li"],
  ["run-at-an-event", "/runs/@docs-refresh^1?at=5", "[role=status]:has-text('Event 5 of')"],
  ["run-not-found", "/runs/nowhere", "main [role=alert]"],
  ["gates", "/gates", "main form"],
  ["gate", "/gates/@first", "main form"],
  ["workflows", "/workflows", "main table"],
  ["workflow", "/workflows/docs-refresh", "main table"],
  ["compare", "/compare?left=@docs-refresh^1&right=@docs-refresh^2", "main table"],
  ["agents", "/agents", "main table"],
  ["health", "/health", "main dl"],
  ["page-not-found", "/nowhere", "main h1"],
];

const browser = useBrowser();
const sample = useSample(browser);

/** What differs from one sample, or from one moment, to the next. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  // The days that a list is divided into depend on the time of the day.
  [/^ *- (rowgroup:|row(header)? "?(Today|Yesterday)\b.*)\n/gm, ""],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "RUN-ID"],
  [/(?<=source=)[0-9a-f]{64}/g, "HASH"],
  [/(?<=source=HASH\n *- code: )"?[0-9a-f]{6}"?/g, "SHORT-HASH"],
  [
    /\b\d{4}-\d\d-\d\d\b|\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\b(?: \d{4})?/g,
    "DATE",
  ],
  [/\b\d\d:\d\d(?::\d\d)?/g, "TIME"],
  [/\b(?:\d+d)?(?:\d+h)?(?:\d+m)?\d+s\b|\b\d+h\d+m\b|\b\d+d\d+h\b/g, "DURATION"],
  [/\b\d+(?:\.\d+)? (?:B|KB|MB|GB|TB)\b/g, "SIZE"],
  [/(columnheader "Time": ).*/g, "$1TICKS"],
  [/axw \d+\.\d+\.\d+\S*/g, "axw VERSION"],
  // Whether a mask needed quotes depends on what it hides.
  [/: "(ID|TIME|DURATION|SIZE|DATE)"$/gm, ": $1"],
];

/** A page's outline without what differs. A short id may be letters only, so it is looked up. */
function masked(outline: string): string {
  const shortIds = new RegExp(`\\b(?:${sample().shortIds().join("|")})(?![\\w.])`, "g");
  const masks = [...MASKS.slice(0, 2), [shortIds, "ID"] as const, ...MASKS.slice(2)];
  return masks.reduce((text, [what, by]) => text.replace(what, by), outline);
}

/** The outline of a page that no longer changes. */
async function outlineOf(page: Page): Promise<string> {
  let [last, current] = ["", ""];
  await expect
    .poll(
      async () => {
        [last, current] = [current, masked(await page.locator("main").ariaSnapshot())];
        return (
          last === current && (await page.getByRole("status", { name: "Loading" }).count()) === 0
        );
      },
      { timeout: 20_000, interval: 200 },
    )
    .toBe(true);
  return `${current}\n`;
}

async function expectOutline(page: Page, name: string): Promise<void> {
  const file = fileURLToPath(new URL(`./outlines/${name}.txt`, import.meta.url));
  await expect(await outlineOf(page)).toMatchFileSnapshot(file);
}

describe("a screen for a screen reader", () => {
  test.each(SCREENS)("%s is as committed", async (name, path, selector) => {
    const page = await sample().page(path);
    await page.locator(selector).first().waitFor();
    await expectOutline(page, name);
    await page.context().close();
  });

  test("a refused key is as committed", async () => {
    const page = await sample().page("/runs", { key: "old" });
    await page.getByRole("alert").waitFor();
    await expectOutline(page, "key-refused");
    await page.context().close();
  });

  test("the bar above every screen is as committed", async () => {
    const page = await sample().page("/runs");
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    await page.getByRole("link", { name: "Gates 2 open" }).waitFor();
    const bar = masked(await page.getByRole("banner").ariaSnapshot());
    const file = fileURLToPath(new URL("./outlines/bar.txt", import.meta.url));
    await expect(`${bar}\n`).toMatchFileSnapshot(file);
    await page.context().close();
  });

  test("each list of an empty database is as committed", async () => {
    await using empty = new Site(browser());
    await empty.serve();
    const page = await empty.open("/runs");
    await page.getByText("There are no runs yet").waitFor();
    await expectOutline(page, "empty-runs");
    for (const name of ["gates", "workflows", "agents"]) {
      await page.goto(`${empty.address}/${name}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expectOutline(page, `empty-${name}`);
    }
    expect(empty.faults).toEqual([]);
  });
});
