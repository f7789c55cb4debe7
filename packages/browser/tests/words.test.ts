import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser, useSample } from "./support/use-browser.ts";

/** A line of the table of steps that `axw show` prints. */
interface PrintedStep {
  /** Inside a round, without what is around it: `test` of `fix#1.test`. */
  readonly name: string;
  readonly status: string;
  readonly attempts: number;
  readonly says: string;
}

const browser = useBrowser();
const sample = useSample(browser);

function printedSteps(output: string): readonly PrintedStep[] {
  const lines = output.split("\n");
  const begin = lines.findIndex((line) => line.startsWith("STEP "));
  const head = lines[begin] ?? "";
  const [status, attempts, time, result] = ["STATUS", "ATTEMPTS", "TIME", "RESULT"].map((word) =>
    head.indexOf(word),
  );
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex((line) => /^(results|CHECKPOINT)\b/.test(line) || line === "");
  return rest.slice(0, end).map((line) => ({
    name: line.slice(0, status).trim(),
    status: line.slice(status, attempts).trim().split(" ")[1] ?? "",
    attempts: Number(line.slice(attempts, time).trim()),
    says: line.slice(result).trim(),
  }));
}

/** Unfolds every row of the list of steps. */
async function unfoldAll(page: Page): Promise<void> {
  const folded = page.locator('[role=row][aria-expanded="false"]');
  for (;;) {
    const row = folded.first();
    if ((await folded.count()) === 0) return;
    const id = await row.getAttribute("id");
    await row.locator(".twist").click();
    await page.locator(`#${id}[aria-expanded="true"]`).waitFor();
  }
}

/** What the row of a step has to say besides its status, if `axw show` says it there. */
function rowWords({ status, attempts, says }: PrintedStep): readonly string[] {
  if (status === "failed") return attempts > 1 ? [`failed, ${attempts} of ${attempts}`] : [];
  // A result, or an error, is shown in the details of the step.
  const isProgress = /^(round )?\d+ of \d+/.test(says);
  if (status === "completed" && !isProgress) return attempts > 1 ? [`attempt ${attempts}`] : [];
  return [says];
}

async function why(page: Page, row: Locator): Promise<string> {
  await row.click();
  return page.getByRole("list", { name: "Why" }).first().innerText();
}

/** Paused, unknown, cancelled, failed, completed, and completed in spite of a failure. */
const RUNS = [
  ...["@user-auth-workflow", "@release-notes", "@docs-refresh"],
  ...["@docs-refresh^1", "@docs-refresh^2", "@user-auth-workflow^1"],
];

describe("the page of a run", () => {
  test.each(RUNS)("says of each step of %s what `axw show` says, line by line", async (name) => {
    const page = await sample().page(`/runs/${name}`, { height: 2400 });
    await page
      .getByRole("row", { name: /completed|cancelled/ })
      .first()
      .waitFor();
    const runId = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1) ?? "");
    await unfoldAll(page);
    const steps = printedSteps((await sample().axw("show", runId)).stdout);
    expect(steps.length).toBeGreaterThan(2);
    const rows = page.locator('[role=row][aria-label]:not([aria-label*=" more,"])');
    const paths = await rows
      .locator(".nm")
      .evaluateAll((names) => names.map((each) => each.getAttribute("title") ?? ""));
    expect(paths.map((path, at) => path.endsWith(steps[at]?.name ?? "-"))).toEqual(
      steps.map(() => true),
    );
    for (const [at, step] of steps.entries()) {
      const sentence = ((await rows.nth(at).getAttribute("aria-label")) ?? "").replace(/ +/g, " ");
      for (const words of [step.status, ...rowWords(step)]) expect(sentence).toContain(words);
      if (step.status === "failed")
        expect(await why(page, rows.nth(at))).toContain(`failed: ${step.says}`);
    }
    await page.context().close();
  });

  test.each(RUNS)("counts the steps of %s as `axw watch` does", async (name) => {
    const page = await sample().page(`/runs/${name}`);
    const counts = page.getByRole("list", { name: "Steps and items by status" });
    await counts.waitFor();
    const runId = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1) ?? "");
    const { stdout } = await sample().axw("watch", runId);
    const [, printed] = /^.*run \w{6}(?: in \w+)?: (\d+ of \d+ completed.*)$/m.exec(stdout) ?? [];
    const shown = await counts.getByRole("listitem").allInnerTexts();
    // The page counts besides what has not ended: `axw watch` has a line for each of those.
    const ended = shown.filter((text) => !/open|unknown|pending/.test(text));
    expect(ended.map((text) => text.trim()).join(", ")).toBe(printed);
    await page.context().close();
  });
});
