import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

const GOOD = `id: good
inputs:
  who: { type: string, description: Whom to greet }
  times: { type: number, default: 1 }
steps:
  - { id: greet, run: [echo, "hello \${{ inputs.who }}"] }
`;
const BAD = `id: bad
steps:
  - { id: fails, run: [sh, -c, "echo no luck >&2; exit 3"] }
`;
const GATE = `id: asks
steps:
  - { id: sure, gate: { ask: "Go ahead?" } }
`;

const browser = useBrowser();

/** A site with three runs: completed, failed, waiting. */
async function siteWithRuns(): Promise<Site> {
  const site = new Site(browser(), { "good.yaml": GOOD, "bad.yaml": BAD, "asks.yaml": GATE });
  await site.axw("run", "good.yaml", "--input", "who=Anna");
  await site.axw("run", "bad.yaml");
  await site.axw("run", "asks.yaml");
  await site.serve();
  return site;
}

/** The id of the newest run of a workflow. */
async function runOf(site: Site, workflowId: string): Promise<string> {
  const { stdout } = await site.axw("list", "--json");
  const runs = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { runId: string; workflowId: string });
  return runs.find((run) => run.workflowId === workflowId)?.runId ?? "";
}

/** The names of the runs that the table lists. */
async function listed(page: Page): Promise<readonly string[]> {
  await page.locator("table.runs, .blank").first().waitFor();
  return page.locator("table.runs a.name").allTextContents();
}

/** Waits until the table lists these runs. */
async function untilListed(page: Page, names: readonly string[]): Promise<void> {
  await expect
    .poll(() => page.locator("table.runs a.name").allTextContents(), { timeout: 10_000 })
    .toEqual(names);
}

describe("the screen of runs", () => {
  test("lists what there is, and says what needs a person", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    expect(await listed(page)).toEqual(["asks", "bad", "good"]);
    expect(await page.locator("table.runs .st-c").allTextContents()).toEqual([
      "paused",
      "failed",
      "completed",
    ]);
    const card = page.getByRole("link", { name: "1 gate waits for you" });
    await card.waitFor();
    expect(await page.title()).toBe("(1) Runs · axw");
    expect(site.faults).toEqual([]);
  });

  test("finds, filters and clears, and keeps all of it in the address", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await listed(page);
    await page.keyboard.press("/");
    await page.keyboard.type("Anna");
    await untilListed(page, ["good"]);
    expect(new URL(page.url()).search).toBe("?q=Anna");

    await page.getByRole("link", { name: /^Failed/ }).click();
    await page.getByText("No run matches").waitFor();
    await page.getByRole("link", { name: "Clear the filters" }).click();
    await untilListed(page, ["asks", "bad", "good"]);

    await page.getByRole("combobox", { name: "Workflow" }).focus();
    await page.getByRole("combobox", { name: "Workflow" }).selectOption("bad");
    await untilListed(page, ["bad"]);
    await page.getByRole("combobox", { name: "Started" }).selectOption("7");
    await untilListed(page, ["bad"]);
    await page.reload();
    await untilListed(page, ["bad"]);
    expect(new URL(page.url()).search).toBe("?workflow=bad&days=7");
    await page.goBack();
    await page.goBack();
    await untilListed(page, ["asks", "bad", "good"]);
    expect(site.faults).toEqual([]);
  });

  test("a run that begins waits behind a button, and a run that is shown changes", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await listed(page);
    await site.axw("run", "good.yaml", "--input", "who=Bob");
    await page.getByRole("button", { name: "1 new run" }).waitFor();
    expect(await listed(page)).toEqual(["asks", "bad", "good"]);
    await site.axw("approve", await runOf(site, "asks"), "sure");
    await page.locator("table.runs tr", { hasText: "asks" }).getByText("completed").waitFor();
    await page.getByRole("button", { name: "1 new run" }).click();
    await untilListed(page, ["good", "asks", "bad", "good"]);
    expect(site.faults).toEqual([]);
  });

  test("without a run, it says what to type; the first one appears at once", async () => {
    await using site = new Site(browser(), { "good.yaml": GOOD });
    await site.serve();
    const page = await site.open("/runs");
    await page.getByText("There are no runs yet").waitFor();
    expect(await page.getByRole("main").ariaSnapshot()).toContain("axw run FILE");
    await site.axw("run", "good.yaml", "--input", "who=x");
    await untilListed(page, ["good"]);
    expect(await page.getByRole("button", { name: /new run/ }).count()).toBe(0);
    expect(site.faults).toEqual([]);
  });

  test("j, k and Enter go through the runs without a mouse", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await listed(page);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const focused = (): Promise<string | null> =>
      page.evaluate(() => document.activeElement?.textContent ?? null);
    expect(await focused()).toBe("bad");
    await page.keyboard.press("k");
    expect(await focused()).toBe("asks");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "bad" }).waitFor();
    await page.goBack();
    await untilListed(page, ["asks", "bad", "good"]);
    expect(site.faults).toEqual([]);
  });
});

describe("keys and settings", () => {
  test("g and a letter go to a screen, and ? lists the keys", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await listed(page);
    for (const [key, name] of [
      ["w", "Workflows"],
      ["a", "Agents"],
      ["h", "Health"],
      ["r", "Runs"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.getByRole("heading", { level: 1, name }).waitFor();
    }
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keys and settings" });
    await dialog.getByText("Go to Workflows").waitFor();
    await dialog.getByText("Keys of a single character").click();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("w");
    expect(new URL(page.url()).pathname).toBe("/runs");
    expect(site.faults).toEqual([]);
  });

  test("a screen has the focus once it is shown, also if it had to be loaded", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await listed(page);
    const focused = (): Promise<string | undefined> =>
      page.evaluate(() => document.activeElement?.id);
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.getByRole("heading", { level: 1, name: "Agents" }).waitFor();
    expect(await focused()).toBe("main");
    await page.goto(`${site.address}/runs`);
    await listed(page);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("treegrid").waitFor();
    expect(await focused()).toBe("main");
    expect(site.faults).toEqual([]);
  });

  test("the theme follows the system until another one is chosen, and stays chosen", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs", { theme: "dark" });
    await listed(page);
    const ground = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.getByRole("button", { name: "Keys and settings" }).click();
    await page.getByText("light", { exact: true }).click();
    const light = await ground();
    expect(light).not.toBe(dark);
    await page.reload();
    await listed(page);
    expect(await ground()).toBe(light);
  });
});

describe("the screen of a workflow", () => {
  test("starts a run with the inputs that it asks for", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/workflows/good");
    await page.getByRole("button", { name: "Run…" }).click();
    const dialog = page.getByRole("dialog", { name: "Run good" });
    await dialog.getByRole("button", { name: "Run", exact: true }).click();
    await dialog.getByText("Is required.").waitFor();
    expect(
      await dialog
        .getByRole("textbox", { name: "who" })
        .evaluate((e) => e === document.activeElement),
    ).toBe(true);
    await dialog.getByRole("textbox", { name: "who" }).fill("the reader");
    await dialog.getByRole("textbox", { name: "times" }).fill("two");
    await dialog.getByRole("button", { name: "Run", exact: true }).click();
    await dialog.getByText("Must be a number; two is not.").waitFor();
    await dialog.getByRole("textbox", { name: "times" }).fill("2");
    await dialog.getByText("axw run good.yaml --input 'who=the reader' --input times=2").waitFor();
    await dialog.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "good" }).waitFor();
    await page.waitForURL(/\/runs\/[\w-]+/);
    expect(site.faults).toEqual([]);
  });

  test("shows the errors of the file under their lines, and the difference to what ran", async () => {
    await using site = await siteWithRuns();
    site.write("good.yaml", GOOD.replace("run: [echo", "runn: [echo"));
    const page = await site.open("/workflows/good");
    await page.locator(".diag.fail").first().waitFor();
    expect(await page.locator(".ln-e").first().getAttribute("data-line")).toBe("6");
    expect(await page.getByRole("button", { name: "Run…" }).getAttribute("aria-disabled")).toBe(
      "true",
    );
    await page.getByRole("button", { name: "Change" }).click();
    await page.locator(".diff .add", { hasText: "runn:" }).waitFor();
    await page.locator(".diff .del", { hasText: "run:" }).waitFor();
    expect(site.faults).toEqual([]);
  });

  test("a file that never ran is listed, and planned", async () => {
    await using site = new Site(browser(), { "good.yaml": GOOD, "asks.yaml": GATE });
    await site.axw("run", "good.yaml", "--input", "who=x");
    await site.serve();
    const page = await site.open("/workflows");
    await page.getByRole("link", { name: "asks.yaml" }).click();
    await page.getByRole("heading", { level: 1, name: "asks" }).waitFor();
    await page.getByRole("table", { name: "What a run would do" }).getByText("may ask").waitFor();
    expect(site.faults).toEqual([]);
  });
});

describe("the other screens", () => {
  test("an address without a screen says so", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/nowhere");
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    await page.getByRole("link", { name: "All runs", exact: true }).click();
    await untilListed(page, ["asks", "bad", "good"]);
  });

  test("an error in the page stays in its screen, and can be reported", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await listed(page);
    await page.route("**/api/v1/agents", (route) => route.fulfill({ json: { agents: 7 } }));
    await page.getByRole("link", { name: "Agents" }).click();
    const report = page.getByRole("alert").filter({ hasText: "page_error" });
    await report.getByRole("button", { name: "Copy report" }).waitFor();
    await page.getByRole("link", { name: "Runs", exact: true }).click();
    await untilListed(page, ["asks", "bad", "good"]);
    expect(site.faults).toEqual([]);
  });

  test("a slow answer shows the shape of the screen, and a refused one what to do", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await listed(page);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route("**/api/v1/health", async (route) => {
      await held;
      await route.fulfill({
        status: 503,
        json: { code: "database_busy", message: "The database is busy.", remedy: "Try again." },
      });
    });
    await page.getByRole("link", { name: "Health" }).click();
    await page.getByRole("status", { name: "Loading" }).waitFor();
    release();
    const problem = page.getByRole("alert").filter({ hasText: "database_busy" });
    await problem.getByText("The database is busy.").waitFor();
    await page.unroute("**/api/v1/health");
    await problem.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Nothing is wrong").waitFor();
    expect(site.faults).toEqual([]);
  });

  test("a server that ends is noticed, and one that starts again asks for its key", async () => {
    await using site = await siteWithRuns();
    const page = await site.open("/runs");
    await listed(page);
    await site.endServer();
    await page.getByText("The server does not answer.").waitFor({ timeout: 15_000 });
    expect(await listed(page)).toEqual(["asks", "bad", "good"]);
    const { port } = new URL(site.address);
    await site.serve("--port", port);
    await page
      .getByRole("heading", { name: "This page’s key is old" })
      .waitFor({ timeout: 30_000 });
    await page.goto(`${site.address}/runs#key=${site.key}`);
    await untilListed(page, ["asks", "bad", "good"]);
  });
});
