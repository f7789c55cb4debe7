import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type AgentMap, WorkflowEngine } from "@automatosx/workflow";
import { openSqliteStorage } from "@automatosx/workflow/observe";
import { createDashboard } from "../../src/server/create-dashboard.js";
import type { DashboardOptions, RunControl } from "../../src/server/DashboardOptions.js";

export const KEY = "the-key-of-this-start";
export const HOST = "127.0.0.1:4500";

/** Refuses everything: these tests only read. */
export const noControl: RunControl = {
  send: () => Promise.reject(new Error("Nothing is changed here.")),
  fork: () => Promise.reject(new Error("Nothing is changed here.")),
  launch: () => Promise.reject(new Error("Nothing is changed here.")),
  typed: (words) => ["axw", ...words].join(" "),
};

/** A database in a folder of its own, an engine that writes it, and a dashboard that reads it. */
export class Served implements AsyncDisposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), "axw-dashboard-"));
  readonly database = path.join(this.folder, "workflow.db");
  readonly #engines: WorkflowEngine[] = [];
  readonly #storages: { close(): void }[] = [];

  /** Opens an engine with these agents. It is closed with this object. */
  async engine(agents: AgentMap): Promise<WorkflowEngine> {
    const engine = await WorkflowEngine.open({ database: this.database, agents });
    this.#engines.push(engine);
    return engine;
  }

  /** Returns a dashboard, as a function that answers requests for its paths. */
  dashboard(options: Partial<DashboardOptions> = {}): Dashboard {
    const storage = openSqliteStorage({ path: this.database });
    this.#storages.push(storage);
    const app = createDashboard({
      storage,
      control: noControl,
      key: KEY,
      hosts: [HOST],
      folder: this.folder,
      version: "0.0.0-test",
      ...options,
    });
    return new Dashboard((request) => app.fetch(request));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const engine of this.#engines) await engine.close();
    for (const storage of this.#storages) storage.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs a workflow to its end. */
export async function completed(
  engine: WorkflowEngine,
  source: string,
  options: Parameters<WorkflowEngine["start"]>[1] = {},
): Promise<{ readonly runId: string }> {
  const run = await engine.start(source, options);
  await run.ending;
  return { runId: run.id };
}

/** The requests of tests. */
export class Dashboard {
  readonly fetch: (request: Request) => Response | Promise<Response>;

  constructor(fetch: (request: Request) => Response | Promise<Response>) {
    this.fetch = fetch;
  }

  /** Requests a path below the API with the key. */
  async request(
    route: string,
    {
      method = "GET",
      headers = {},
      ...rest
    }: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return this.fetch(
      new Request(`http://${HOST}${route}`, {
        method,
        headers: { Host: HOST, Authorization: `Bearer ${KEY}`, ...headers },
        ...rest,
      }),
    );
  }

  /** Reads JSON below the API. Fails unless the status is 200. */
  async get<T = unknown>(route: string): Promise<T> {
    const response = await this.request(`/api/v1${route}`);
    const body = (await response.json()) as T;
    if (response.status !== 200)
      throw new Error(`${route} answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** The status and the body of an answer that may be an error. */
  async outcome(route: string): Promise<{ status: number; body: unknown }> {
    const response = await this.request(`/api/v1${route}`);
    return { status: response.status, body: await response.json() };
  }
}
