import { describe, expect, test } from "vitest";
import { Site } from "../src/Site.ts";
import { useBrowser } from "./support/use-browser.ts";

const ESC = String.fromCharCode(27);

/** What an agent may print to attack the page that shows it. */
const HOSTILE = [
  "<img src=x onerror=\"document.title='owned'\">",
  "<script>document.title = 'owned'</script>",
  `${ESC}]8;;javascript:document.title='owned'${ESC}\\click${ESC}]8;;${ESC}\\`,
  `${ESC}]8;;https://evil.example/${ESC}\\web link${ESC}]8;;${ESC}\\`,
  `${ESC}]0;owned${ESC}\\${ESC}[2J${ESC}[1;1H`,
  "right to left: \u202egnp.exe",
  `${ESC}[31mred${ESC}[0m`,
].join("\n");

const FLOW = `id: hostile
name: "<b onmouseover=alert(1)>hostile</b>"
inputs: { x: { type: string, default: "<img src=x onerror=alert(1)>" } }
steps:
  - id: print
    run: { script: "cat output.txt" }
  - id: ask
    dependencies: [print]
    gate: { ask: "<img src=x onerror=alert(1)> Approve?", show: "\${{ steps.print.output }}" }
`;

const browser = useBrowser();

describe("what an agent prints", () => {
  test("is only text: nothing of it runs, loads or takes over the page", async () => {
    await using site = new Site(browser(), {
      "hostile.yaml": FLOW,
      "output.txt": HOSTILE,
    });
    const ran = await site.axw("run", "hostile.yaml", "--no-ask");
    expect({ code: ran.exitCode, problem: ran.stderr.includes("error  ") }).toEqual({
      code: 3,
      problem: false,
    });
    await site.serve();
    const runId = await site.untilRun("hostile");
    for (const path of [
      "/runs",
      `/runs/${runId}?step=print&tab=log`,
      `/runs/${runId}?step=print&tab=result`,
      `/runs/${runId}?step=print&tab=events`,
      "/gates",
      "/workflows/hostile",
    ]) {
      const page = await site.open(path);
      await page.locator("main h1").first().waitFor();
      const found = await page.evaluate(() => ({
        images: document.images.length,
        scripts: document.querySelectorAll("body script:not([src])").length,
        links: [...document.links].map(({ protocol }) => protocol),
        owned: document.title.includes("owned"),
      }));
      expect({ path, ...found, links: [...new Set(found.links)].sort() }).toMatchObject({
        images: 0,
        scripts: 0,
        owned: false,
      });
      expect(found.links.every((protocol) => /^https?:$/.test(protocol))).toBe(true);
      await page.context().close();
    }
    expect(site.faults).toEqual([]);
  });

  test("shows its colours and its web links, and marks characters that reverse text", async () => {
    await using site = new Site(browser(), {
      "hostile.yaml": FLOW,
      "output.txt": HOSTILE,
    });
    await site.axw("run", "hostile.yaml", "--no-ask");
    await site.serve();
    const page = await site.open(`/runs/${await site.untilRun("hostile")}?step=print&tab=log`);
    const log = page.getByRole("log");
    await log.getByText("web link").waitFor();
    expect(await log.getByRole("link", { name: "web link" }).getAttribute("href")).toBe(
      "https://evil.example/",
    );
    expect(await log.getByRole("link", { name: "click" }).count()).toBe(0);
    const red = log.getByText("red", { exact: true });
    expect(await red.evaluate((span) => getComputedStyle(span).color)).not.toBe(
      await log.evaluate((element) => getComputedStyle(element).color),
    );
    expect(await log.innerText()).not.toContain("\u202e");
  });
});
