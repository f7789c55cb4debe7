import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

const FLOW = `id: flow
steps:
  - { id: one, run: { script: "echo first" } }
  - { id: two, dependencies: [one], run: { script: "echo second" } }
`;
/** `slow` waits until the file `go` exists. */
const SLOW = `id: slow
steps:
  - { id: wait, run: { script: "while [ ! -e go ]; do sleep 0.05; done" } }
  - { id: last, dependencies: [wait], run: { script: "echo last" } }
`;

const browser = useBrowser();

function database(site: Site): string {
  return join(site.folder, ".ax", "workflow.db");
}

/** Changes what an event of the only run says, without its hash. */
function damage(site: Site, seq: number): void {
  const db = new DatabaseSync(database(site));
  try {
    const { changes } = db
      .prepare(
        `UPDATE workflow_journal SET at = at + 1
         WHERE entry_id =
           (SELECT entry_id FROM workflow_journal ORDER BY entry_id LIMIT 1 OFFSET ?)`,
      )
      .run(seq - 1);
    expect(changes).toBe(1);
  } finally {
    db.close();
  }
}

function buttons(page: Page) {
  return page.getByRole("region", { name: "Run" }).getByRole("button");
}

describe("a run whose journal is damaged", () => {
  test("is shown up to its last good event, with the command that finds the damage", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    await site.axw("run", "flow.yaml");
    damage(site, 6);
    await site.serve();
    const page = await site.open(`/runs/${await site.untilRun("flow")}`);
    const run = page.getByRole("region", { name: "Run" });
    await run.getByText("damaged").first().waitFor();
    await run.getByText(/What is before it is shown/).waitFor();
    await run.getByText("axw doctor --verify").first().waitFor();
    await page.getByRole("row", { name: /^one/ }).waitFor();
    for (const name of ["Resume", "Retry", "Cancel…"])
      for (const button of await buttons(page).filter({ hasText: name }).all())
        expect([name, await button.getAttribute("aria-disabled")]).toEqual([name, "true"]);
    await page.goto(`${site.address}/runs`);
    await page.getByRole("row", { name: /flow.*damaged/ }).waitFor();
    await page.goto(`${site.address}/health`);
    await page
      .getByRole("main")
      .getByText(/^damaged/)
      .first()
      .waitFor();
    expect(site.faults).toEqual([]);
  });
});

describe("a database that is removed", () => {
  test("is reported on each screen with what to do, and the page does not break", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    await site.axw("run", "flow.yaml");
    await site.serve();
    const page = await site.open("/runs");
    await page.getByRole("link", { name: "flow", exact: true }).first().waitFor();
    rmSync(join(site.folder, ".ax"), { recursive: true });
    for (const path of ["/runs", "/gates", "/workflows", "/agents", "/health"]) {
      await page.goto(site.address + path);
      const alert = page.getByRole("main").getByRole("alert").first();
      await alert.getByText(/was deleted or moved while it was open/).waitFor();
      await alert.getByText("database_unusable").waitFor();
      await alert.getByText(/restore a backup/).waitFor();
      await alert.getByRole("button", { name: "Try again" }).waitFor();
    }
    expect(site.faults).toEqual([]);
  });
});

describe("a connection that is lost", () => {
  test("leaves the run as it was, switches its buttons off, and catches up when it is back", async () => {
    await using site = new Site(browser(), { "slow.yaml": SLOW });
    site.start("run", "slow.yaml", "--no-ask");
    await site.serve();
    const page = await site.open(`/runs/${await site.untilRun("slow")}`);
    await page.getByRole("row", { name: /^wait, running/ }).waitFor();
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    const pause = page.getByRole("button", { name: "Pause" }).first();
    expect(await pause.getAttribute("aria-disabled")).toBe(null);

    await page.context().setOffline(true);
    // The stream that is open is not cut; another one is opened for the log of another step.
    await page.getByRole("row", { name: /^last/ }).click();
    const strip = page.getByText("The server does not answer.");
    await strip.waitFor();
    await page.getByText(/The last message came .* ago; trying again\./).waitFor();
    expect(await pause.getAttribute("aria-disabled")).toBe("true");
    site.write("go", "");
    await site.untilStatus("slow", "completed");
    expect(await page.getByRole("row", { name: /^wait, running/ }).count()).toBe(1);

    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByText("2 of 2 completed").waitFor();
    await strip.waitFor({ state: "detached" });
    expect(site.faults).toEqual([]);
  });
});
