import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournalEntry } from "@automatosx/schemas";
import Driver from "better-sqlite3";
import type {
  AgentFunction,
  AgentPort,
  AgentRequest,
  Clock,
  ExecutionBackend,
} from "../../src/index.js";
import { applyRetention, openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import {
  type AgentNote,
  type BackendHarness,
  conformanceAgent,
  type HarnessClock,
  type HarnessSetup,
  SimulatedClock,
} from "../../src/testing/index.js";

/** How long a promise may take to settle, in ms of simulated time. */
const PATIENCE_MS = 600_000;
const TICK_MS = 10;

/** The changes made by a planted fault. */
export interface Faults {
  readonly agent?: (agent: AgentFunction, clock: Clock) => AgentFunction;
  readonly backend?: (engine: WorkflowEngine) => ExecutionBackend;
  /** Changes the stored data, as seen by the harness and every client. */
  readonly rows?: (rows: readonly JournalEntry[]) => readonly JournalEntry[];
}

/**
 * Engines in this process, each with its own connection to one database. Time is simulated.
 */
export function inProcessHarness(
  setup: HarnessSetup = {},
  faults: Faults = {},
): Promise<BackendHarness> {
  const folder = mkdtempSync(join(tmpdir(), "axw-backend-"));
  const database = join(folder, "workflow.db");
  const clock = new SimulatedClock();
  const time = new DrivenTime(clock);
  const projection = projectionOf(database);
  const notes: AgentNote[] = [];
  const agent = conformanceAgent((note) => void notes.push(note), clock);
  const execute = (request: AgentRequest): unknown => agent.execute(request);
  const faulty = faults.agent?.(execute, clock) ?? execute;
  Object.assign(process.env, setup.environment);
  const engines: WorkflowEngine[] = [];
  const ownerOf = (runId: string): WorkflowEngine => {
    const owner = engines.find((engine) => engine.activeRun(runId) !== undefined) ?? engines[0];
    if (owner === undefined) throw new Error("no engine is open");
    return owner;
  };
  const stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  stack.defer(async () => {
    await time.until(Promise.all(engines.map((engine) => engine.close())));
  });
  return Promise.resolve({
    async open() {
      const engine = await WorkflowEngine.open({
        database,
        agents: served(setup, { ...agent, execute: async (request) => faulty(request) }),
        ports: { clock },
        abandonAfterMs: 100,
      });
      engines.push(engine);
      const { rows } = faults;
      if (rows !== undefined) return replacing(engine, { journal: changed(engine, rows) });
      return faults.backend?.(engine) ?? engine;
    },
    agentLog: { read: () => notes },
    projection: {
      ...projection,
      rows: async (runId) => {
        const rows = await projection.rows(runId);
        return faults.rows?.(rows) ?? rows;
      },
    },
    clock: time,
    goingBack: {
      restore: async (_, checkpointId) => {
        await engines[0]?.resume(checkpointId);
      },
      fork: async (runId, checkpoint) => {
        const fork = await engines[0]?.fork(runId, checkpoint === undefined ? {} : { checkpoint });
        return fork?.runId ?? "";
      },
      amend: (runId, workflow) => ownerOf(runId).amend(runId, workflow),
    },
    search: async (text) =>
      readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(text)),
    remove: async (runId) => {
      await applyRetention(ownerOf(runId).storage, { maxRunCount: 1 }, { clock });
      return remains(database, runId);
    },
    jump: (durationMs) => time.advance(durationMs),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  });
}

/** The ids that a setup names, or all. */
export function served(
  { agents = ["*"] }: HarnessSetup,
  agent: AgentPort,
): Readonly<Record<string, AgentPort>> {
  return Object.fromEntries(agents.map((id) => [id, agent]));
}

/** The tables that still have a row of a run, or an artifact. */
function remains(database: string, runId: string): readonly string[] {
  const raw = new Driver(database, { readonly: true });
  try {
    const tables = raw.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
    return (tables as string[]).filter((table) => {
      const rows = raw.prepare(`SELECT * FROM "${table}"`).all();
      return rows.some((row) => Object.values(row as object).includes(runId));
    });
  } finally {
    raw.close();
  }
}

/** The engine with some of its methods replaced. */
export function replacing(
  engine: WorkflowEngine,
  replaced: Partial<ExecutionBackend>,
): ExecutionBackend {
  return new Proxy(engine, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return replaced[name as keyof ExecutionBackend];
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

function changed(
  engine: WorkflowEngine,
  change: NonNullable<Faults["rows"]>,
): ExecutionBackend["journal"] {
  return async function* (runId, options) {
    const rows: JournalEntry[] = [];
    for await (const row of engine.journal(runId, options)) rows.push(row);
    yield* change(rows);
  };
}

/** Reads the database through a separate connection. */
export function projectionOf(database: string): BackendHarness["projection"] {
  const read = <T>(question: (storage: ReturnType<typeof openSqliteStorage>) => T): T => {
    const storage = openSqliteStorage({ path: database, readOnly: true });
    try {
      return question(storage);
    } finally {
      storage.close();
    }
  };
  return {
    rows: async (runId) => read((storage) => [...storage.readJournal(runId)]),
    artifact: async (sha256) =>
      JSON.parse(read((storage) => storage.getArtifact(sha256)) ?? "null") as unknown,
  };
}

/** One loop advances the clock for all promises that are awaited at the same time. */
class DrivenTime implements HarnessClock {
  readonly #clock: SimulatedClock;
  #waiting = 0;
  #isDriving = false;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  async until<T>(promise: Promise<T>): Promise<T> {
    const tooLate = Promise.withResolvers<never>();
    const cancel = this.#clock.setTimer(PATIENCE_MS, () =>
      tooLate.reject(new Error(`nothing within ${PATIENCE_MS} ms`)),
    );
    this.#waiting += 1;
    void this.#drive();
    try {
      return await Promise.race([promise, tooLate.promise]);
    } finally {
      cancel();
      this.#waiting -= 1;
    }
  }

  advance(durationMs: number): Promise<void> {
    return this.until(
      new Promise((resolve) => void this.#clock.setTimer(durationMs, () => resolve())),
    );
  }

  async #drive(): Promise<void> {
    if (this.#isDriving) return;
    this.#isDriving = true;
    while (this.#waiting > 0) await this.#clock.advance(TICK_MS);
    this.#isDriving = false;
  }
}
