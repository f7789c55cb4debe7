import { type ChildProcess, fork } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PreparedWorkflow } from "../../src/index.js";
import {
  type CommandOutcome,
  type ExecutionBackend,
  type RunCommand,
  type RunRef,
  type StartOptions,
  WorkflowEngine,
  WorkflowError,
  type WorkflowErrorCode,
} from "../../src/index.js";
import type { AgentNote, BackendHarness } from "../../src/testing/index.js";
import { projectionOf } from "./in-process-harness.js";

const CHILD = new URL("../support/backend-child.ts", import.meta.url).pathname;

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: WorkflowErrorCode; readonly message: string };
}

/**
 * An engine in its own process, which can be killed. Clients reach it through its database.
 */
export async function childHarness(): Promise<BackendHarness> {
  const folder = mkdtempSync(join(tmpdir(), "axw-backend-"));
  const [database, log] = [join(folder, "workflow.db"), join(folder, "notes.jsonl")];
  let worker = await EngineProcess.start(database, log);
  const clients: WorkflowEngine[] = [];
  const stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  stack.defer(() => worker.kill());
  stack.defer(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });
  return {
    async open() {
      const client = await WorkflowEngine.open({ database });
      clients.push(client);
      return remote(client, () => worker);
    },
    async kill() {
      await worker.kill();
      worker = await EngineProcess.start(database, log);
    },
    agentLog: { read: () => readNotes(log) },
    projection: projectionOf(database),
    clock: {
      now: () => Date.now(),
      until: (promise) => promise,
      advance: (durationMs) => new Promise((resolve) => void setTimeout(resolve, durationMs)),
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function readNotes(log: string): AgentNote[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AgentNote);
}

// Runs start and resume in the worker. All other requests go through the database, as in `axw`.
function remote(client: WorkflowEngine, worker: () => EngineProcess): ExecutionBackend {
  return {
    id: client.id,
    capabilities: client.capabilities,
    validate: (workflow) => client.validate(workflow),
    start: ({ source, format }: PreparedWorkflow, options: StartOptions = {}) =>
      worker().ask<RunRef>("start", source, { ...options, format }),
    send: (runId: string, command: RunCommand) =>
      command.verb === "resume"
        ? worker().ask<CommandOutcome>("send", runId, command)
        : client.send(runId, command),
    journal: (runId, options) => client.journal(runId, options),
    list: (filter) => client.list(filter),
    get: (runId) => client.get(runId),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

class EngineProcess {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<void>();
  #lastId = 0;

  private constructor(database: string, log: string) {
    this.#child = fork(CHILD, [database, log], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child.on("message", (message: Answer | "ready") => {
      if (message === "ready") this.#ready.resolve();
      else this.#settle(message);
    });
    this.#child.on("exit", () => {
      const gone = new WorkflowError("engine_closed", "The process of the engine is gone.");
      this.#ready.reject(gone);
      for (const one of this.#asked.values()) one.reject(gone);
      this.#exited.resolve();
    });
  }

  static async start(database: string, log: string): Promise<EngineProcess> {
    const started = new EngineProcess(database, log);
    await started.#ready.promise;
    return started;
  }

  ask<T>(verb: "start" | "send", ...given: readonly unknown[]): Promise<T> {
    this.#lastId += 1;
    const asked = Promise.withResolvers<unknown>();
    this.#asked.set(this.#lastId, asked);
    this.#child.send({ id: this.#lastId, verb, given });
    return asked.promise as Promise<T>;
  }

  kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    return this.#exited.promise;
  }

  #settle({ id, value, error }: Answer): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new WorkflowError(error.code, error.message));
  }
}
