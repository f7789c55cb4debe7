import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournalEntry } from "@automatosx/schemas";
import { startRestate } from "@automatosx/test-servers/restate";
import {
  type Agent,
  type ExecutionBackend,
  type PreparedWorkflow,
  type RunCommand,
  type StartOptions,
  WorkflowEngine,
} from "@automatosx/workflow";
import { RestateBackend, type RestateWorkerOptions, serveRestateWorker } from "../../src/index.js";

/** A server with a worker in this process. */
export async function restateInProcess(
  agents: Readonly<Record<string, Agent>>,
  options: Partial<RestateWorkerOptions> = {},
) {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "axw-restate-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = stack.use(await startRestate());
  const { ingressUrl: url, adminUrl } = server;
  const worker = stack.use(
    await serveRestateWorker({
      ...{ agents, listen: "127.0.0.1:0", adminUrl, artifacts: join(folder, "artifacts") },
      processes: join(folder, "processes"),
      ...options,
    }),
  );
  const backend = await RestateBackend.open({ url, adminUrl, pollMs: 20 });
  return { server, worker, backend, folder, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** What a person or a program does to a run, one after the other, each when the run is at rest. */
export interface Play {
  readonly workflow: PreparedWorkflow;
  readonly agents: Readonly<Record<string, Agent>>;
  readonly start?: StartOptions;
  readonly steps: readonly (RunCommand | { readonly amend: PreparedWorkflow })[];
}

/** A row without what differs between two runs: instants, ids and chances. */
export interface PlainRow {
  readonly type: string;
  readonly stepId: string | undefined;
  readonly attemptNumber: number | undefined;
  readonly facts: unknown;
}

/** Plays the same on the embedded engine and on Restate, and returns the rows of both. */
export async function playOnBoth(
  make: () => Play,
): Promise<{ readonly embedded: readonly PlainRow[]; readonly restate: readonly PlainRow[] }> {
  return { embedded: await playEmbedded(make()), restate: await playOnRestate(make()) };
}

async function playEmbedded(play: Play): Promise<readonly PlainRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "axw-embedded-"));
  const database = join(folder, "workflow.db");
  const engine = await WorkflowEngine.open({ database, agents: play.agents });
  try {
    const { id } = await engine.start(play.workflow, play.start);
    await atRest(engine, id);
    for (const step of play.steps) {
      if ("amend" in step) await engine.amend(id, step.amend);
      else await expectDone(engine.send(id, step));
      // No other process resumes a run that waits and has been answered.
      const isAnswer = "verb" in step && (step.verb === "answer" || step.verb === "signal");
      if (isAnswer) await engine.resume(id);
      await atRest(engine, id);
    }
    return plain(await rowsOf(engine, id));
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function playOnRestate(play: Play): Promise<readonly PlainRow[]> {
  await using trial = await restateInProcess(play.agents);
  const { backend } = trial;
  const { id } = await backend.start(play.workflow, play.start);
  await atRest(backend, id);
  for (const step of play.steps) {
    const sent = "amend" in step ? backend.amend(id, step.amend) : backend.send(id, step);
    await expectDone(sent);
    await atRest(backend, id);
  }
  return plain(await rowsOf(backend, id));
}

async function expectDone(sent: ReturnType<ExecutionBackend["send"]>): Promise<void> {
  const outcome = await sent;
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`);
}

async function atRest(backend: ExecutionBackend, runId: string): Promise<void> {
  for await (const _ of backend.journal(runId));
}

/** Returns the rows of a run. */
export async function rowsOf(
  backend: ExecutionBackend,
  runId: string,
): Promise<readonly JournalEntry[]> {
  const rows: JournalEntry[] = [];
  for await (const row of backend.journal(runId)) rows.push(row);
  return rows;
}

/** Returns rows without what differs between two runs. */
export function plain(rows: readonly JournalEntry[]): readonly PlainRow[] {
  return rows.map(({ type, stepId, attemptNumber, payload }) => ({
    ...{ type, stepId, attemptNumber },
    facts: JSON.parse(payload, (key, value: unknown) =>
      VARYING.has(key) ? `any ${key}` : value,
    ) as unknown,
  }));
}

const VARYING: ReadonlySet<string> = new Set([
  "chance",
  "checkpointId",
  "at",
  "dueAt",
  "now",
  "openedAt",
  "expiresAt",
  "retryAt",
]);
