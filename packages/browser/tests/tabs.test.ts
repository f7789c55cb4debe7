import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

/** `two` waits until the file `go` exists. */
const FLOW = `id: flow
steps:
  - id: one
    run: { script: "echo first" }
  - id: two
    dependencies: [one]
    run: { script: "while [ ! -e go ]; do sleep 0.05; done" }
  - id: three
    dependencies: [two]
    run: { script: "echo third" }
`;

const browser = useBrowser();

describe("eight tabs of one browser", () => {
  test("follow a run to its end, and what they ask is answered meanwhile", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    site.start("run", "flow.yaml", "--no-ask");
    await site.serve();
    const runId = await site.untilRun("flow");
    const tabs = await site.openTabs(`/runs/${runId}`, 8);
    await Promise.all(tabs.map((tab) => tab.getByRole("row", { name: /^two, running/ }).waitFor()));
    const answers = await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(async (key) => {
          const response = await fetch("/api/v1/pulse", {
            headers: { Authorization: `Bearer ${key}` },
          });
          return response.status;
        }, site.key),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 8 }, () => 200));
    site.write("go", "");
    await Promise.all(tabs.map((tab) => tab.getByText("3 of 3 completed").waitFor()));
    expect((await site.fetch(`/runs/${runId}`)).status).toBe(200);
    expect(site.faults).toEqual([]);
  });
});
