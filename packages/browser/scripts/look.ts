// Makes a picture of one screen: node packages/browser/scripts/look.ts FOLDER PATH OUT.png
// [--width 1440] [--height 900] [--dark] [--live] [--press KEYS] [--wait SELECTOR]. FOLDER comes
// from sample.ts; PATH may contain `@last` for the id of the newest run, and `@WORKFLOW` for that
// of the newest run of a workflow. `--live` starts a run that is in progress meanwhile.
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { serveDashboard } from "@automatosx/dashboard";
import { prepareWorkflowFile, WorkflowEngine } from "@automatosx/workflow";
import { startBrowser } from "../src/start-browser.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: "string", default: "1440" },
    height: { type: "string", default: "900" },
    dark: { type: "boolean", default: false },
    live: { type: "boolean", default: false },
    press: { type: "string" },
    wait: { type: "string" },
  },
});
const [given = ".", path = "/runs", out = "look.png"] = positionals;
const folder = resolve(given);

const engine = await WorkflowEngine.open({
  database: join(folder, ".ax", "workflow.db"),
  agents: { "*": ({ signal, log }) => untilStopped(signal, log) },
  abandonAfterMs: 100,
});
if (values.live) {
  const file = join(folder, "plain.yaml");
  await engine.start(prepareWorkflowFile(file), { startedFrom: { file, directory: folder } });
}
const served = await serveDashboard(engine, { port: 0, folder, version: "0.1.0" });
const browser = await startBrowser();
const page = await browser.newPage({
  viewport: { width: Number(values.width), height: Number(values.height) },
  colorScheme: values.dark ? "dark" : "light",
});
page.on("console", (message) => console.log(`console ${message.type()}: ${message.text()}`));
page.on("pageerror", (error) => console.log(`error: ${error.stack ?? error.message}`));
await page.goto(served.url);
await page.goto(served.address + withRunIds(path), { waitUntil: "load" });
if (values.wait === undefined) await page.waitForTimeout(1500);
else await page.waitForSelector(values.wait);
for (const key of values.press?.split(" ") ?? []) await page.keyboard.press(key);
if (values.press !== undefined) await page.waitForTimeout(500);
await page.screenshot({ path: out });
await browser.close();
await served.close();
await engine.close();
process.exit();

function withRunIds(text: string): string {
  return text.replace(/@([\w-]+)/g, (_, name: string) => {
    const runs = engine.storage.listRuns(name === "last" ? {} : { workflowId: name });
    return runs[0]?.runId ?? name;
  });
}

function untilStopped(signal: AbortSignal, log?: (text: string) => void): Promise<never> {
  log?.("working\n");
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
