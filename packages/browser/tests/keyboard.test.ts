import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

const JOURNEY = `id: journey
steps:
  - id: plan
    run: { script: "echo planned" }
  - id: flaky
    dependencies: [plan]
    run: { script: "[ -e again ] || { touch again; echo no luck >&2; exit 1; }; echo luck" }
    retry: { max: 1, backoff: 10ms }
  - id: breaks
    dependencies: [flaky]
    run: { script: "echo broken >&2; exit 3" }
    continueOnError: true
  - id: sure
    dependencies: [flaky]
    gate: { ask: "Go ahead?" }
`;
const OTHER = `id: other
steps:
  - { id: only, run: [echo, done] }
`;

const browser = useBrowser();

/** A site with two runs, the newest one of `journey`, and a page at a path. */
async function siteWithRuns(): Promise<Site> {
  const site = new Site(browser(), { "journey.yaml": JOURNEY, "other.yaml": OTHER });
  await site.axw("run", "journey.yaml", "--no-ask");
  await site.axw("run", "other.yaml");
  await site.serve();
  return site;
}

/** The part of the address that a key changes. */
function address(page: Page): Record<string, string> {
  const { searchParams } = new URL(page.url());
  return Object.fromEntries(searchParams);
}

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

async function untilAddress(page: Page, part: Record<string, string>): Promise<void> {
  await expect.poll(() => address(page), { timeout: 10_000 }).toMatchObject(part);
}

/** Presses Tab until an element has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${selector}.`);
}

async function untilFocused(page: Page, selector: string): Promise<void> {
  await expect
    .poll(() => page.evaluate((wanted) => document.activeElement?.matches(wanted), selector))
    .toBe(true);
}

describe("without a mouse", () => {
  test("a run is found, opened, and its steps, attempts, tabs and events are read", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await page.getByRole("link", { name: "journey", exact: true }).first().waitFor();
    await press(page, "/");
    await untilFocused(page, "input[type=search]");
    await press(page, "Escape", "j", "j", "k", "j", "Enter");
    await page.getByRole("heading", { level: 1, name: "journey" }).waitFor();
    await untilAddress(page, { step: "breaks" });

    await press(page, "n");
    await untilAddress(page, { step: "sure" });
    await press(page, "f");
    await untilAddress(page, { step: "breaks" });
    await press(page, "k");
    await untilAddress(page, { step: "flaky" });
    await press(page, "[");
    await untilAddress(page, { step: "flaky", attempt: "1" });
    await page.getByRole("log").getByText("no luck").waitFor();
    await press(page, "]");
    await untilAddress(page, { step: "flaky", attempt: "2" });
    await page.getByRole("log").getByText("luck", { exact: true }).waitFor();

    await page.getByRole("tab", { selected: true }).waitFor();
    await press(page, "Enter");
    await untilFocused(page, '[role="tab"][aria-selected="true"]');
    const tabs = page.getByRole("tablist", { name: "Detail" });
    const names = await tabs.getByRole("tab").allInnerTexts();
    for (const [index, name] of [...names.slice(0, 5).entries()].toReversed()) {
      await press(page, String(index + 1));
      await tabs.getByRole("tab", { name, selected: true }).waitFor();
      await page.getByRole("tabpanel", { name }).waitFor();
    }
    await press(page, "Escape");
    await untilFocused(page, '[role="row"][aria-selected="true"]');

    const { at: _, ...here } = address(page);
    await press(page, ",");
    const strip = page.getByRole("status").filter({ hasText: /^Event \d+ of \d+/ });
    await strip.waitFor();
    const [, seq, last] = /Event (\d+) of (\d+)/.exec(await strip.innerText()) ?? [];
    expect(Number(seq)).toBe(Number(last) - 1);
    await press(page, ",");
    await untilAddress(page, { at: String(Number(last) - 2) });
    await press(page, ".", ".");
    await strip.waitFor({ state: "detached" });
    expect(address(page)).toEqual(here);
    expect(site.faults).toEqual([]);
  });

  test("each screen is one sequence away, and the help closes with Escape", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await page.getByRole("link", { name: "journey", exact: true }).first().waitFor();
    for (const [key, path] of [
      ["w", "/workflows"],
      ["g", "/gates"],
      ["r", "/runs"],
    ] as const) {
      await press(page, "g", key);
      await page.waitForURL((url) => url.pathname === path);
    }
    await press(page, "?");
    const help = page.getByRole("dialog", { name: "Keys and settings" });
    await help.waitFor();
    await press(page, "j");
    expect(await help.count()).toBe(1);
    await press(page, "Escape");
    await help.waitFor({ state: "detached" });
    expect(site.faults).toEqual([]);
  });

  test("single keys are switched off and on again; Enter, Escape and arrows still work", async () => {
    await using site = await siteWithRuns();
    const runId = await site.untilRun("journey");
    const page = await site.open(`/runs/${runId}?step=flaky`);
    await page.getByRole("row", { name: /^flaky/, selected: true }).waitFor();
    await press(page, "?");
    await page.getByRole("dialog").waitFor();
    await tabTo(page, "dialog input[type=checkbox]");
    await press(page, "Space", "Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await press(page, "j", "k", "f", "n", ",", ".", "[", "5", "g", "w", "?", "p", "c", "/");
    await tabTo(page, '[role="row"][tabindex="0"]');
    await press(page, "ArrowDown");
    await untilAddress(page, { step: "breaks" });
    expect(address(page)).toEqual({ step: "breaks" });
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.getByRole("tab", { selected: true }).waitFor();
    await press(page, "Enter");
    await untilFocused(page, '[role="tab"][aria-selected="true"]');
    await press(page, "Escape");
    await untilFocused(page, '[role="row"][aria-selected="true"]');

    await page.reload();
    await page.getByRole("row", { name: /^breaks/, selected: true }).waitFor();
    await tabTo(page, 'button[aria-label="Keys and settings"]');
    await press(page, "Enter");
    await tabTo(page, "dialog input[type=checkbox]");
    await press(page, "Space", "Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await press(page, "n");
    await untilAddress(page, { step: "sure" });
    expect(site.faults).toEqual([]);
  });

  test("single keys write into a field that has the focus, and do nothing else", async () => {
    await using site = await siteWithRuns();
    const runId = await site.untilRun("journey");
    const page = await site.open(`/runs/${runId}?step=flaky`);
    const field = page.getByRole("searchbox", { name: "Find in log" });
    await field.waitFor();
    await tabTo(page, 'input[aria-label="Find in log"]');
    await page.keyboard.type("jkfn[],.?12gwpc");
    expect(await field.inputValue()).toBe("jkfn[],.?12gwpc");
    expect(address(page)).toEqual({ step: "flaky" });
    expect(new URL(page.url()).pathname).toBe(`/runs/${runId}`);
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  test("a key that changes the run asks first", async () => {
    await using site = await siteWithRuns();
    const runId = await site.untilRun("journey");
    const page = await site.open(`/runs/${runId}`);
    await page.getByRole("row", { name: /^breaks/, selected: true }).waitFor();
    await press(page, "c");
    const question = page.getByRole("dialog").filter({ hasText: "This changes the run." });
    await question.waitFor();
    await press(page, "Escape");
    await question.waitFor({ state: "detached" });
    const { checkpoints } = (await (await site.fetch(`/runs/${runId}/checkpoints`)).json()) as {
      checkpoints: readonly { readonly name?: string }[];
    };
    expect(checkpoints.filter(({ name }) => name !== undefined)).toEqual([]);
  });
});
