import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { largeRuns } from "@automatosx/browser/large-runs";
import { startBrowser } from "@automatosx/browser/start-browser";
import { serveDashboard } from "@automatosx/dashboard";
import { agentReply, WorkflowEngine } from "@automatosx/workflow";
import { SimulatedClock } from "@automatosx/workflow/testing";
import type { Browser, Page } from "playwright-core";
import { atMost, type Row, shorten } from "../row.ts";
import { median } from "../statistics.ts";
import { openEngine } from "../workflows.ts";

const ROUNDS = 7;
const KB = 1000;

/** A browser needs several processes at once, so its times vary more than others. */
const CROWDED = 10;

/** How long frames are observed, in ms. */
const OBSERVED_MS = 5000;

/** An agent that takes this long makes a chain of two entries about 50 times a second, in ms. */
const STEP_MS = 38;

/** Measures the web page in a real browser, next to an empty page in the same rounds. */
export async function pageRows(folder: string): Promise<Row[]> {
  await makeLargeRuns(folder);
  await using engine = await openEngine(folder, "page", "process", {
    worker: () => new Promise((resolve) => setTimeout(() => resolve("ok"), STEP_MS)),
  });
  await using served = await serveDashboard(engine, { port: 0, folder });
  const browser = await startBrowser();
  try {
    const open = await opener(browser, served.url);
    const paints = await paintRows(engine, open);
    return [...sizeRows(), paints.paint, await framesRow(engine, open), paints.usable, paints.list];
  } finally {
    await browser.close();
  }
}

async function makeLargeRuns(folder: string): Promise<void> {
  const clock = new SimulatedClock(Date.now() - 4 * 3600 * KB);
  const wait = (): Promise<void> => new Promise((done) => void clock.setTimer(KB, done));
  await using engine = await WorkflowEngine.open({
    database: join(folder, "page.db"),
    durability: "process",
    agents: { worker: () => wait().then(() => agentReply({ result: "ok" })) },
    ports: { clock },
  });
  await largeRuns(engine, clock);
}

function sizeRows(): Row[] {
  const index = fileURLToPath(import.meta.resolve("@automatosx/dashboard"));
  const assets = join(dirname(index), "page", "assets");
  const sizeOf = (pattern: string): number =>
    globSync(pattern, { cwd: assets }).reduce(
      (sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length,
      0,
    );
  return [
    atMost("page-script", sizeOf("{index,shared,RunScreen}-*.js") / KB, 75, {
      unit: " kB",
      known: true,
      reason: "The core with the whole language takes most of it.",
    }),
    atMost("page-style", sizeOf("*.css") / KB, 8, {
      unit: " kB",
      reason: "One stylesheet for all screens.",
    }),
  ];
}

/** Opens a new page at a path, and settles once it is loaded. */
type Open = (path: string) => Promise<Page>;

async function opener(browser: Browser, url: string): Promise<Open> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const first = await context.newPage();
  await first.goto(url);
  await first.close();
  const { origin } = new URL(url);
  return async (path) => {
    const page = await context.newPage();
    await page.goto(path.startsWith("/") ? origin + path : path);
    return page;
  };
}

async function paintRows(engine: WorkflowEngine, open: Open) {
  const [empty, wide, many, list]: [number[], number[], number[], number[]] = [[], [], [], []];
  const [wideRun, manyRun] = [runOf(engine, "wide-1500"), runOf(engine, "many-10000")];
  for (let round = 0; round < ROUNDS; round += 1) {
    empty.push(await paintedAt(open, "about:blank?x", "body"));
    wide.push(await paintedAt(open, `/runs/${wideRun}`, ".graph svg, .graph canvas"));
    many.push(await paintedAt(open, `/runs/${manyRun}`, "[role=treegrid] [role=row]"));
    list.push(await paintedAt(open, "/runs", "tbody tr"));
  }
  const beyond = (values: readonly number[]): number => median(values) - median(empty);
  const note = `an empty page takes ${shorten(median(empty))} ms`;
  const row = (id: "page-paint" | "page-usable" | "page-list", ms: number, bar: number): Row =>
    atMost(id, ms, bar, {
      unit: " ms",
      slack: CROWDED,
      note,
      reason: "The page loads the core, asks for the run and folds its journal.",
    });
  return {
    paint: row("page-paint", beyond(wide), 250),
    usable: row("page-usable", beyond(many), 1000),
    list: row("page-list", beyond(list), 250),
  };
}

/** Opens a page, and returns how long it took until an element was painted, in ms. */
async function paintedAt(open: Open, path: string, selector: string): Promise<number> {
  const began = performance.now();
  const page = await open(path);
  await page.waitForSelector(selector, { state: "attached" });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(null))));
  const took = performance.now() - began;
  await page.close();
  return took;
}

async function framesRow(engine: WorkflowEngine, open: Open): Promise<Row> {
  const steps = (OBSERVED_MS * 3) / STEP_MS;
  const run = await engine.start({
    id: "live",
    steps: Array.from({ length: Math.ceil(steps) }, (_, index) => ({
      id: `s${index}`,
      agentId: "worker",
      task: "work",
      dependencies: index === 0 ? [] : [`s${index - 1}`],
    })),
  });
  const blank = await open("/nothing-here");
  const idle = await framesOf(blank);
  await blank.close();
  const page = await open(`/runs/${run.id}`);
  await page.waitForSelector("[role=treegrid] [role=row]");
  const live = await framesOf(page);
  await page.close();
  await engine.cancel(run.id);
  return atMost("page-frames", live, Math.max(17, idle), {
    unit: " ms",
    slack: CROWDED,
    note: `${shorten(idle)} ms on a page where nothing happens`,
    reason: "Entries are folded in tasks, and drawn once per frame.",
  });
}

/** Observes the frames of a page, and returns the 95th percentile of their times, in ms. */
async function framesOf(page: Page): Promise<number> {
  const times = await page.evaluate(
    (ms) =>
      new Promise<number[]>((resolve) => {
        const deltas: number[] = [];
        const beganAt = performance.now();
        let last = beganAt;
        const next = (now: number): void => {
          deltas.push(now - last);
          last = now;
          if (now - beganAt < ms) requestAnimationFrame(next);
          else resolve(deltas);
        };
        requestAnimationFrame(next);
      }),
    OBSERVED_MS,
  );
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
}

function runOf(engine: WorkflowEngine, workflowId: string): string {
  const [run] = engine.storage.listRuns({ workflowId, limit: 1 });
  if (run === undefined) throw new Error(`There is no run of ${workflowId}.`);
  return run.runId;
}
