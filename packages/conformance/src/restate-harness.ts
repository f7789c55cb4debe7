import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RestateBackend } from "@automatosx/backend-restate";
import type { JournalEntry } from "@automatosx/schemas";
import { type RestateServer, startRestate } from "@automatosx/test-servers/restate";
import {
  CheckpointManager,
  type CommandOutcome,
  openSqliteStorage,
  type RunEnding,
  type StoragePort,
  WorkflowEngine,
} from "@automatosx/workflow";
import type { BackendHarness, HarnessSetup } from "@automatosx/workflow/testing";
import { startAndDie } from "./engine/start-and-die.ts";
import { AgentNotes } from "./harness/AgentNotes.ts";
import { notingAgent } from "./harness/noting-agent.ts";
import { realClock } from "./harness/real-clock.ts";
import { type RestateFault, RestateWorkers } from "./restate/RestateWorkers.ts";

/** How long the rows in the database may lag behind the run, in ms. */
const SINK_MS = 10_000;
/** How long another worker may take to perform the attempt of one that is cut off, in ms. */
const TAKEOVER_MS = 60_000;
const POLL_MS = 50;

/** Runs on a Restate server, with workers in processes of their own. */
export async function restateHarness(
  setup: HarnessSetup,
  fault?: RestateFault,
): Promise<BackendHarness> {
  const stack = new AsyncDisposableStack();
  try {
    return await startHarness(setup, fault, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function startHarness(
  setup: HarnessSetup,
  fault: RestateFault | undefined,
  stack: AsyncDisposableStack,
): Promise<BackendHarness> {
  const folder = mkdtempSync(join(tmpdir(), "axw-conformance-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, "notes.jsonl");
  const notes = stack.adopt(new AgentNotes(log), (one) => one.close());
  const { nodes = 1 } = setup;
  const server = stack.use(await startRestate({ nodes }));
  const { ingressUrl: url, adminUrl } = server;
  const sink = join(folder, "workflow.db");
  // Creates the tables before several workers would.
  openSqliteStorage({ path: sink }).close();
  const storage = stack.adopt(openSqliteStorage({ path: sink, readOnly: true }), (one) =>
    one.close(),
  );
  const workers = stack.use(
    await RestateWorkers.start(setup, { folder, log, adminUrl, ingressUrl: url, sink, fault }),
  );
  const open = async (): Promise<RestateBackend> =>
    stack.use(await RestateBackend.open({ url, adminUrl, pollMs: 50 }));
  const first = await open();
  return {
    open,
    agentLog: notes,
    projection: projectionOf(storage, first),
    clock: realClock(setup.isLong),
    ...disturbances(setup, { server, workers, notes }),
    killEvery: 4,
    limits: { slots: true },
    cannotHold: ["result cache"],
    goingBack: {
      restore: async (runId, checkpointId) => {
        await settled(storage, runId, first);
        const checkpoint = new CheckpointManager(storage).loadCheckpoint(checkpointId);
        accepted(await first.restore(runId, checkpoint));
      },
      amend: async (runId, workflow) => accepted(await first.amend(runId, workflow)),
    },
    startAndDie: (workflow, options) =>
      startAndDie({ place: { kind: "restate", url, adminUrl }, workflow, options }),
    leave: async (runId) => {
      await settled(storage, runId, first);
      await workers.killAll();
      await server.kill();
      return adopt(sink, log, runId);
    },
    remove: async (runId) => {
      await first.remove(runId);
      return searched(server, runId);
    },
    peakMemory: () => workers.askBusy(notes.read(), "peakMemory"),
    serve: (agentId) => workers.serve(agentId),
    deploy: () => workers.deploy(),
    search: async (text) => [
      ...(await searched(server, text)),
      ...readdirSync(folder).filter(
        (name) => name.startsWith("workflow.db") && readFileSync(join(folder, name)).includes(text),
      ),
    ],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

interface Started {
  readonly server: RestateServer;
  readonly workers: RestateWorkers;
  readonly notes: AgentNotes;
}

/** What a case may do to the processes of the backend. */
function disturbances(
  { nodes = 1, workers: count = 1 }: HarnessSetup,
  { server, workers, notes }: Started,
): Pick<BackendHarness, "kills" | "killAt" | "outage" | "freeze" | "partition"> {
  const restart = async (): Promise<void> => {
    await server.kill();
    await server.restart();
  };
  return {
    kills: {
      decider: () => workers.kill(notes.read()),
      worker: () => workers.kill(notes.read()),
      server: restart,
      both: async () => {
        await server.kill();
        await workers.kill(notes.read());
        await server.restart();
      },
      ...(nodes > 1 && { node: restart }),
    },
    killAt: (seq) => workers.askAll("dieAt", seq),
    outage: async (what) => {
      if (what === "workers") return { end: await workers.killAll() };
      await server.kill();
      return { end: () => server.restart() };
    },
    ...(count > 1 && {
      freeze: async (runId: string) => {
        const thaw = workers.freeze(notes.read(), runId);
        return { passedOnAfterMs: TAKEOVER_MS, thaw };
      },
      partition: async (runId: string) => {
        const heal = workers.partition(notes.read(), runId);
        return { passedOnAfterMs: TAKEOVER_MS, heal };
      },
    }),
  };
}

function projectionOf(storage: StoragePort, backend: RestateBackend): BackendHarness["projection"] {
  return {
    rows: (runId) => settled(storage, runId, backend),
    artifact: async (sha256) => JSON.parse(storage.getArtifact(sha256) ?? "null") as unknown,
  };
}

// The rows are written beside the run: they may come a moment later.
async function settled(
  storage: StoragePort,
  runId: string,
  backend: RestateBackend,
): Promise<readonly JournalEntry[]> {
  const { journalSeq = 0 } = (await backend.get(runId).catch(() => undefined)) ?? {};
  for (const endAt = Date.now() + SINK_MS; ; ) {
    const rows = [...storage.readJournal(runId)];
    if (rows.length >= journalSeq || Date.now() > endAt) return rows;
    await delay(POLL_MS);
  }
}

/** What the server stores of runs. It keeps the ids of ended invocations for an hour besides. */
const SERVER_TABLES = ["state", "sys_journal"] as const;

/** The tables of the server that have a row with this text. */
async function searched(server: RestateServer, text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const table of SERVER_TABLES) {
    const rows = await server.sql(`SELECT * FROM ${table}`);
    if (rows.some((row) => JSON.stringify(row).includes(text))) found.push(table);
  }
  return found;
}

/** Has an embedded engine continue a run from its copy. */
async function adopt(sink: string, log: string, runId: string): Promise<RunEnding> {
  const storage = openSqliteStorage({ path: sink });
  try {
    const agents = { "*": notingAgent(log, "embedded") };
    await using engine = await WorkflowEngine.open({ storage, agents });
    return await (await engine.adopt(runId)).ending;
  } finally {
    storage.close();
  }
}

function accepted(outcome: CommandOutcome): void {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`);
}
