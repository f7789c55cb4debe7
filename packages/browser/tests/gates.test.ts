import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

const FLOW = `id: approval
steps:
  - id: plan
    run: { script: "echo 'create table users;'" }
  - id: ask
    dependencies: [plan]
    gate:
      ask: Create the table?
      show: \${{ steps.plan.output }}
      form: { size: [small, large], days: { type: integer, maximum: 365 }, why: string? }
  - id: build
    dependencies: [ask]
    run: { script: "echo built >> launches" }
`;

const browser = useBrowser();

async function siteWithGate(): Promise<Site> {
  const site = new Site(browser(), { "approval.yaml": FLOW });
  await site.axw("run", "approval.yaml", "--no-ask");
  await site.serve();
  return site;
}

describe("a gate", () => {
  test("is answered by its form: a wrong value is refused at its field, a right one continues the run", async () => {
    await using site = await siteWithGate();
    const page = await site.open("/gates");
    await page.getByRole("heading", { name: "Create the table?" }).first().waitFor();
    await page.getByText("create table users;").first().waitFor();
    await page.getByRole("radio", { name: "small" }).check({ force: true });
    const days = page.getByRole("textbox", { name: "days" });
    await days.fill("400");
    await page.getByRole("button", { name: /^Approve/ }).click();
    await page
      .getByText(/365 or less/)
      .first()
      .waitFor();
    expect(await days.evaluate((field) => document.activeElement === field)).toBe(true);
    await days.fill("30");
    await page.getByRole("button", { name: /^Approve/ }).click();
    await page
      .getByText(/approved/i)
      .first()
      .waitFor();
    await site.untilStatus("approval", "completed");
    expect(site.read("launches")).toBe("built\n");
    expect(site.faults).toEqual([]);
  });

  test("that another tab has answered keeps the form, and says who answered and when", async () => {
    await using site = await siteWithGate();
    const [first, second] = [await site.open("/gates"), await site.open("/gates")];
    for (const page of [first, second]) {
      await page.getByRole("radio", { name: "large" }).check({ force: true });
      await page.getByRole("textbox", { name: "days" }).fill("7");
    }
    // The second tab must not hear of the answer before it sends its own.
    await second.route("**/api/v1/stream*", (route) => route.abort());
    await Promise.all([
      first.getByRole("button", { name: /^Approve/ }).click(),
      second.getByRole("button", { name: /^Approve/ }).click(),
    ]);
    await site.untilStatus("approval", "completed");
    const said = await Promise.all(
      [first, second].map((page) =>
        page
          .getByText(/answered|approved/i)
          .first()
          .waitFor(),
      ),
    );
    expect(said).toHaveLength(2);
    expect(site.read("launches")).toBe("built\n");
  });

  test("is rejected with a note, after the page has asked again", async () => {
    await using site = await siteWithGate();
    const page = await site.open("/gates");
    await page.getByRole("textbox", { name: /^Note/ }).fill("too early");
    await page.getByRole("button", { name: "Reject…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Reject", exact: true }).click();
    await site.untilStatus("approval", "failed");
    const { stdout } = await site.axw("events", "@last", "--json");
    expect(stdout).toContain("too early");
  });
});
