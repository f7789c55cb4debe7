import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

const FLOW = `id: demo
steps:
  - {id: one, run: [sh, -c, "echo one"]}
  - {id: two, dependencies: [one], run: [sh, -c, "echo two"]}
`;

const browser = useBrowser();

describe("the page of a run", () => {
  test("shows a run that has completed, with no error, and asks no other host", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    await site.axw("run", "flow.yaml");
    await site.serve();
    const { stdout } = await site.axw("list", "--json");
    const { runId } = JSON.parse(stdout.split("\n")[0] ?? "{}") as { runId: string };
    const page = await site.open(`/runs/${runId}`);
    await page.getByRole("heading", { level: 1, name: "demo" }).waitFor();
    expect(site.faults).toEqual([]);
  });
});
