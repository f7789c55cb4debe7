import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { axw, type Finished, startAxw } from "./axw.ts";

/** How a page is opened. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
}

/** A run as `axw list` prints it. */
interface ListedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly status: string;
}

/** A request of the API, as `fetch` takes it. */
type ApiRequest = Omit<RequestInit, "headers"> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** A folder with workflows, `axw serve` in it, and pages that look at it. */
export class Site implements AsyncDisposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "axw-browser-")));
  /** What no page may do: requests to other hosts, violations of the policy, errors. */
  readonly faults: string[] = [];
  readonly #browser: Browser;
  readonly #started: ChildProcess[] = [];
  readonly #contexts: BrowserContext[] = [];
  #server: ChildProcess | undefined;
  #url = "";

  /** `files`: the contents of the folder, by name. */
  constructor(browser: Browser, files: Readonly<Record<string, string>> = {}) {
    this.#browser = browser;
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  /** Runs `axw` to its end. */
  axw(...args: readonly string[]): Promise<Finished> {
    return axw(this.folder, ...args);
  }

  /** Starts `axw`; it is ended with the site at the latest. */
  start(...args: readonly string[]): ChildProcess {
    const child = startAxw(this.folder, ...args);
    this.#started.push(child);
    return child;
  }

  /** Waits until there is a run of a workflow, and returns its id. */
  async untilRun(workflowId: string): Promise<string> {
    return (await this.#untilListed((run) => run.workflowId === workflowId)).runId;
  }

  /** Waits until a run of a workflow has a status. */
  async untilStatus(workflowId: string, status: string): Promise<void> {
    await this.#untilListed((run) => run.workflowId === workflowId && run.status === status);
  }

  async #untilListed(isWanted: (run: ListedRun) => boolean): Promise<ListedRun> {
    for (;;) {
      const { stdout } = await this.axw("list", "--json");
      for (const line of stdout.split("\n").filter(Boolean)) {
        const run = JSON.parse(line) as ListedRun;
        if (isWanted(run)) return run;
      }
    }
  }

  /** Starts the server, and returns its address with the key. By default on any free port. */
  async serve(...flags: readonly string[]): Promise<string> {
    const port = flags.includes("--port") ? [] : ["--port", "0"];
    const server = this.start("serve", ...port, ...flags);
    this.#server = server;
    this.#url = await addressIn(server);
    return this.#url;
  }

  /** The address without the key. */
  get address(): string {
    return new URL(this.#url).origin;
  }

  get key(): string {
    return new URL(this.#url).hash.replace("#key=", "");
  }

  /** Ends the server, and waits until it has ended. */
  async endServer(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await ended(this.#server, signal);
  }

  /** Opens a page at a path, with the key in the browser's storage. */
  async open(path: string, { width = 1440, height = 900, theme = "light" }: PageOptions = {}) {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
    });
    this.#contexts.push(context);
    const page = await context.newPage();
    this.#watch(page);
    await page.goto(this.#url);
    await page.goto(this.address + path);
    return page;
  }

  /** Opens pages at a path as tabs of one browser: they share its storage and its connections. */
  async openTabs(path: string, count: number): Promise<readonly Page[]> {
    const first = await this.open(path);
    const others = Array.from({ length: count - 1 }, async () => {
      const page = await first.context().newPage();
      this.#watch(page);
      await page.goto(this.address + path, { waitUntil: "commit" });
      return page;
    });
    return [first, ...(await Promise.all(others))];
  }

  /** Asks the API as another program would. */
  fetch(path: string, init: ApiRequest = {}): Promise<Response> {
    return fetch(`${this.address}/api/v1${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${this.key}`, ...init.headers },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#contexts.map((context) => context.close()));
    await Promise.all(this.#started.map((child) => ended(child, "SIGTERM")));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #watch(page: Page): void {
    page.on("pageerror", (error) => this.faults.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) this.faults.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(`${this.address}/`) && !request.url().startsWith("data:"))
        this.faults.push(`request to ${request.url()}`);
    });
  }
}

async function addressIn(server: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let printed = "";
  server.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    const [found] = /http:\/\/\S+/.exec(printed) ?? [];
    if (found !== undefined) resolve(found);
  });
  let problem = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    problem += chunk.toString();
  });
  server.once("exit", () => reject(new Error(`axw serve has ended: ${problem}`)));
  return promise;
}

async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await exited;
}
