import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

/** Each step notes its start in `launches`; `two` waits until the file `go` exists. */
const FLOW = `id: flow
name: flow
steps:
  - id: one
    run: { script: "echo one >> launches; echo first" }
  - id: two
    dependencies: [one]
    run: { script: "echo two >> launches; echo working; while [ ! -e go ]; do sleep 0.05; done; echo second" }
  - id: three
    dependencies: [two]
    run: { script: "echo three >> launches; echo third" }
`;

const browser = useBrowser();

/** Starts the flow with `axw run`, which waits in its second step, and opens its page. */
async function runThatWaits(site: Site): Promise<{ page: Page; runId: string; pid: number }> {
  const run = site.start("run", "flow.yaml", "--no-ask");
  await site.serve();
  const runId = await site.untilRun("flow");
  const page = await site.open(`/runs/${runId}`);
  await row(page, "two", "running").waitFor();
  return { page, runId, pid: run.pid ?? 0 };
}

/** The row of a step with a status, by the words that a screen reader reads. */
function row(page: Page, step: string, status: string) {
  return page.getByRole("row", { name: new RegExp(`^${step}\\b.*${status}`) });
}

describe("a run that another process works on", () => {
  test("is followed to its end without a reload", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    const { page } = await runThatWaits(site);
    site.write("go", "");
    await row(page, "three", "completed").waitFor();
    await page.getByRole("banner").waitFor();
    await page.getByText("3 of 3 completed").waitFor();
    expect(site.faults).toEqual([]);
  });

  test("shows that its process was killed, and is resumed by a click: no finished step runs again", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    const { page, pid } = await runThatWaits(site);
    process.kill(pid, "SIGKILL");
    await page.locator(".run-head").getByText("no process works on it").waitFor();
    site.write("go", "");
    await page.getByRole("button", { name: "Resume" }).first().click();
    await page.getByText("3 of 3 completed").waitFor();
    expect(site.read("launches").split("\n")).toEqual(["one", "two", "two", "three", ""]);
    expect(site.faults).toEqual([]);
  });

  test("pauses on a click, and says why its buttons cannot be pressed", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    const { page } = await runThatWaits(site);
    await page.getByRole("button", { name: "Pause" }).click();
    // Otherwise the run may end before it is asked to pause.
    await page.getByText("Pause: done").waitFor();
    site.write("go", "");
    await page.locator(".run-head").getByText("paused").first().waitFor();
    expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(0);
    await page.getByRole("button", { name: "Resume" }).first().click();
    await page.getByText("3 of 3 completed").waitFor();
    expect(site.read("launches").split("\n")).toEqual(["one", "two", "three", ""]);
  });

  test("is shown as it was after any event, and again as it is now", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW, go: "" });
    await site.axw("run", "flow.yaml");
    await site.serve();
    const runId = await site.untilRun("flow");
    const page = await site.open(`/runs/${runId}?at=5`);
    await page.getByText(/^Event 5 of/).waitFor();
    expect(await row(page, "three", "completed").count()).toBe(0);
    await page.getByRole("button", { name: "Back to now" }).first().click();
    await row(page, "three", "completed").waitFor();
    expect(new URL(page.url()).searchParams.has("at")).toBe(false);
  });

  test("continues in the page after the server was restarted, once the new key is known", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    const { page } = await runThatWaits(site);
    const port = new URL(site.address).port;
    await site.endServer("SIGKILL");
    await page.getByText(/trying again/).waitFor();
    const url = await site.serve("--port", port);
    await page.getByText(/key is old/).waitFor();
    await page.goto(url);
    await page.goBack();
    await row(page, "two", "running").waitFor();
    site.write("go", "");
    await page.getByText("3 of 3 completed").waitFor();
  });

  test("that is removed while its page is open stays on the page, which says so", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW, go: "" });
    await site.axw("run", "flow.yaml");
    await site.serve();
    const page = await site.open(`/runs/${await site.untilRun("flow")}`);
    await row(page, "three", "completed").waitFor();
    await site.axw("gc", "--keep", "0");
    await page
      .locator(".strips")
      .getByText(/does not exist|was removed/)
      .waitFor();
    expect(await row(page, "three", "completed").count()).toBe(1);
    expect(site.faults).toEqual([]);
  });
});
