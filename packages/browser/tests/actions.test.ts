import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

/** `two` fails until the file `ready` exists. */
const FLOW = `id: flow
steps:
  - id: one
    run: { script: "echo one >> launches" }
  - id: two
    dependencies: [one]
    run: { script: "echo two >> launches; test -e ready" }
  - id: three
    dependencies: [two]
    run: { script: "echo three >> launches" }
`;
const GREET = `id: greet
inputs:
  who: { type: string }
  times: { type: integer, default: 1 }
steps:
  - { id: hello, run: [echo, "hello \${{ inputs.who }}, \${{ inputs.times }} times"] }
`;

const browser = useBrowser();

describe("a step that has failed", () => {
  test("is performed again from its details, and no step that has completed", async () => {
    await using site = new Site(browser(), { "flow.yaml": FLOW });
    await site.axw("run", "flow.yaml");
    await site.serve();
    const page = await site.open(`/runs/${await site.untilRun("flow")}`);
    const details = page.getByRole("complementary", { name: "Selected step" });
    await details.getByRole("heading", { name: "two" }).waitFor();
    site.write("ready", "");
    await details.getByRole("button", { name: "Retry…" }).click();
    const question = page.getByRole("dialog", { name: "Retry two?" });
    await question.getByText(/axw retry \w+ --step two/).waitFor();
    await question.getByRole("button", { name: "Back" }).click();
    await question.waitFor({ state: "detached" });
    expect(site.read("launches")).toBe("one\ntwo\n");

    await details.getByRole("button", { name: "Retry…" }).click();
    await question.getByRole("button", { name: "Retry", exact: true }).click();
    await page.getByText("3 of 3 completed").waitFor();
    await page.getByRole("row", { name: /^two, completed/ }).waitFor();
    expect(site.read("launches")).toBe("one\ntwo\ntwo\nthree\n");
    expect(site.faults).toEqual([]);
  });
});

describe("a run that is started in the page", () => {
  test("has the inputs that were entered, and is followed to its end", async () => {
    await using site = new Site(browser(), { "greet.yaml": GREET });
    await site.serve();
    const page = await site.open("/workflows");
    await page.getByRole("link", { name: "greet.yaml" }).click();
    await page.getByRole("button", { name: "Run…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "who" }).fill("Anna");
    await dialog.getByRole("textbox", { name: "times" }).fill("3");
    await dialog.getByRole("button", { name: "Run", exact: true }).click();
    await page.waitForURL(/\/runs\/[\w-]+/);
    await page.getByText("1 of 1 completed").waitFor();
    await page.getByRole("log").getByText("hello Anna, 3 times").waitFor();
    const { stdout } = await site.axw("list", "--json");
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(site.faults).toEqual([]);
  });
});
