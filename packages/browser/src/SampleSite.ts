import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ServedDashboard, serveDashboard } from "@automatosx/dashboard";
import { WorkflowEngine } from "@automatosx/workflow";
import type { Browser, Page } from "playwright-core";

const SAMPLE = fileURLToPath(new URL("../scripts/sample.ts", import.meta.url));

interface PageLook {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
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
   * workflow, and `@first` that of the first open gate.
   */
  async page(
    path: string,
    { width = 1440, height = 900, theme = "light" }: PageLook = {},
  ): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
    });
    const page = await context.newPage();
    await page.goto(this.#served.url);
    await page.goto(this.#served.address + (await this.#named(path)));
    return page;
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
    return path.replace(/@([\w-]+)/g, (_, name: string) => {
      const [run] = this.#engine.storage.listRuns({ workflowId: name, limit: 1 });
      return names[name] ?? run?.runId ?? name;
    });
  }
}
