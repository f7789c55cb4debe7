import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ServedDashboard, serveDashboard } from "@automatosx/dashboard";
import { shortId } from "@automatosx/run-view";
import { WorkflowEngine } from "@automatosx/workflow";
import type { Browser, Page } from "playwright-core";
import { axw, type Finished } from "./axw.ts";
import type { PageOptions } from "./Site.ts";
import { setClock } from "./set-clock.ts";

const SAMPLE = fileURLToPath(new URL("../scripts/sample.ts", import.meta.url));

/** How a page of the sample is opened. */
interface SamplePage extends PageOptions {
  /** How far the browser's clock is ahead, in ms; by default it is right. */
  readonly clockAheadMs?: number;
  /** By default the server's key. */
  readonly key?: string;
}

/** The sample database, served, and pages that look at it. */
export class SampleSite {
  readonly #folder: string;
  readonly #engine: WorkflowEngine;
  readonly #served: ServedDashboard;
  readonly #browser: Browser;

  private constructor(
    folder: string,
    engine: WorkflowEngine,
    served: ServedDashboard,
    browser: Browser,
  ) {
    this.#folder = folder;
    this.#engine = engine;
    this.#served = served;
    this.#browser = browser;
  }

  /** Makes the database: with `large` also the workflows of 1,500 and 10,000 steps. */
  static async open(browser: Browser, { large = false } = {}): Promise<SampleSite> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "axw-sample-")));
    await promisify(execFile)(process.execPath, [SAMPLE, folder, ...(large ? ["--large"] : [])]);
    const engine = await WorkflowEngine.open({ database: join(folder, ".ax", "workflow.db") });
    const served = await serveDashboard(engine, { port: 0, folder, version: "0.1.0" });
    return new SampleSite(folder, engine, served, browser);
  }

  /**
   * Opens a page in a context of its own. In the path, `@WORKFLOW` is the id of the newest run of a
   * workflow, `@WORKFLOW^1` that of the run before, and `@first` that of the first open gate.
   */
  async page(
    path: string,
    { width = 1440, height = 900, theme = "light", clockAheadMs = 0, key }: SamplePage = {},
  ): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
    });
    if (clockAheadMs !== 0) await setClock(context, clockAheadMs);
    const page = await context.newPage();
    await page.goto(key === undefined ? this.#served.url : `${this.#served.address}/#key=${key}`);
    await page.goto(this.#served.address + (await this.#named(path)));
    return page;
  }

  /** Runs `axw` on the database to its end. */
  axw(...args: readonly string[]): Promise<Finished> {
    return axw(this.#folder, ...args);
  }

  /** The ids of all runs, as the page shows them. */
  shortIds(): readonly string[] {
    return this.#engine.storage.listRuns({ limit: 1000 }).map(({ runId }) => shortId(runId));
  }

  async close(): Promise<void> {
    await this.#served.close();
    await this.#engine.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #named(path: string): Promise<string> {
    const [gate] = await this.#engine.gates();
    const names: Record<string, string> = {
      first: gate === undefined ? "" : `${gate.runId}~${gate.stepId}~${gate.attemptNumber}`,
    };
    return path.replace(/@([\w-]+)(?:\^(\d))?/g, (_, name: string, before = "0") => {
      const runs = this.#engine.storage.listRuns({ workflowId: name, limit: 10 });
      return names[name] ?? runs[Number(before)]?.runId ?? name;
    });
  }
}
