import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunStatus } from "@automatosx/schemas";
import {
  type Agent,
  type ExecutionBackend,
  type PreparedWorkflow,
  prepareWorkflow,
  type RunCommand,
  WorkflowEngine,
} from "@automatosx/workflow";
import type { RestateWorkerOptions } from "../../src/index.js";
import { type PlainRow, plain, restateInProcess, rowsOf } from "./both-backends.ts";

/** Prepares a workflow whose steps run `files`, named as `./NAME.yaml`. */
export function familyOf(
  source: string,
  files: Readonly<Record<string, string>>,
): PreparedWorkflow {
  const base = mkdtempSync(join(tmpdir(), "axw-family-"));
  try {
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(base, `${name}.yaml`), text);
    return prepareWorkflow(source, { base });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** What a user does to a run, and the runs that are at rest afterwards. */
export interface FamilyAct {
  readonly runId: string;
  /** Absent if only `after` happens. */
  readonly command?: RunCommand | { readonly amend: PreparedWorkflow };
  /** What is done, or waited for, before it. */
  readonly after?: (backend: ExecutionBackend) => Promise<void>;
  readonly until: Readonly<Record<string, RunStatus>>;
}

/** A family of runs, the first of which is `r`. */
export interface FamilyPlay {
  readonly workflow: PreparedWorkflow;
  readonly agents: Readonly<Record<string, Agent>>;
  /** The runs that are at rest after the start. */
  readonly until: Readonly<Record<string, RunStatus>>;
  readonly acts?: readonly FamilyAct[];
}

/** The rows of each run of a family, and how each ended. */
export type FamilyRows = Readonly<
  Record<string, { readonly status: RunStatus; readonly rows: readonly PlainRow[] }>
>;

/**
 * Plays the same on the embedded engine and on Restate, there also with a segment for each event,
 * and returns the rows of all three.
 */
export async function playFamily(make: () => FamilyPlay): Promise<{
  readonly embedded: FamilyRows;
  readonly restate: FamilyRows;
  readonly inSegments: FamilyRows;
}> {
  return {
    embedded: await playEmbedded(make()),
    restate: await playOnRestate(make()),
    inSegments: await playOnRestate(make(), { segmentEvents: 1 }),
  };
}

async function playEmbedded({ workflow, agents, until, acts = [] }: FamilyPlay) {
  const folder = mkdtempSync(join(tmpdir(), "axw-embedded-"));
  const engine = await WorkflowEngine.open({ database: join(folder, "workflow.db"), agents });
  try {
    await engine.start(workflow, { runId: "r" });
    await untilRested(engine, until);
    for (const { runId, command, after, until: then } of acts) {
      await after?.(engine);
      if (command === undefined) {
        await untilRested(engine, then);
        continue;
      }
      if ("amend" in command) await engine.amend(runId, command.amend);
      else if (command.verb === "answer")
        await engine.answer(runId, command.stepId, command.answer);
      else if (command.verb === "resume") await engine.resume(runId);
      else await engine.send(runId, command);
      await untilRested(engine, then);
    }
    return await familyRows(engine);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function playOnRestate(
  { workflow, agents, until, acts = [] }: FamilyPlay,
  options: Partial<RestateWorkerOptions> = {},
) {
  await using trial = await restateInProcess(agents, options);
  const { backend } = trial;
  await backend.start(workflow, { runId: "r" });
  await untilRested(backend, until);
  for (const { runId, command, after, until: then } of acts) {
    await after?.(backend);
    const outcome =
      command === undefined
        ? undefined
        : "amend" in command
          ? await backend.amend(runId, command.amend)
          : await backend.send(runId, command);
    if (outcome?.ok === false) throw new Error(`${outcome.code}: ${outcome.message}`);
    await untilRested(backend, then);
  }
  return await familyRows(backend);
}

/** How long runs may take to come to rest, in ms. */
const PATIENCE_MS = 20_000;

/** Settles when these runs are at rest with these statuses. */
export async function untilRested(
  backend: ExecutionBackend,
  statuses: Readonly<Record<string, RunStatus>>,
): Promise<void> {
  for (const [runId, status] of Object.entries(statuses)) {
    await untilStatus(backend, runId, status);
    await rowsOf(backend, runId);
  }
}

/** Settles when a run has this status, at rest or not. */
export async function untilStatus(
  backend: ExecutionBackend,
  runId: string,
  status: RunStatus,
): Promise<void> {
  for (const endAt = Date.now() + PATIENCE_MS; ; ) {
    const found = (await backend.get(runId))?.status;
    if (found === status) return;
    if (Date.now() > endAt)
      throw new Error(`run ${runId} is ${found}, not ${status}, on ${backend.id}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Settles when a run has an entry of this type. */
export async function untilRecorded(
  backend: ExecutionBackend,
  runId: string,
  type: PlainRow["type"],
): Promise<void> {
  for await (const entry of backend.journal(runId)) if (entry.type === type) return;
  throw new Error(`run ${runId} has no ${type} on ${backend.id}`);
}

/** Returns the rows of all runs of a backend. */
export async function familyRows(backend: ExecutionBackend): Promise<FamilyRows> {
  const runs = [...(await backend.list()), ...(await backend.list({ isChild: true }))];
  const ids = [...new Set(runs.map(({ runId }) => runId))].toSorted();
  const found: Record<string, FamilyRows[string]> = {};
  for (const runId of ids) {
    const status = (await backend.get(runId))?.status as RunStatus;
    found[runId] = { status, rows: plain(await rowsOf(backend, runId)) };
  }
  return found;
}
