import {
  CheckpointManager,
  Context,
  listRuns,
  Machine,
  openSqliteStorage,
  RunReader,
  type StoragePort,
  type StoredRun,
  WorkflowEngine,
  WorkflowError,
} from "@automatosx/workflow";
import { agents } from "./damage-workflow.ts";

/**
 * The answer to one question: text, a refusal with its reason, or an unexpected error, which is a
 * bug.
 */
export type Answer =
  | { readonly text: string }
  | { readonly refusal: string; readonly code: string }
  | { readonly crash: string };

/**
 * Answers by question. The questions are those of `axw show`, `list`, `checkpoint list` and `doctor
 * --verify`.
 */
export type Answers = ReadonlyMap<string, Answer>;

/** Resumes a run to its end. */
export async function resumeRun(path: string, runId: string): Promise<Answer> {
  let engine: WorkflowEngine | undefined;
  try {
    engine = await WorkflowEngine.open({ database: path, agents: agents() });
    const { status, results, error } = await (await engine.resume(runId)).ending;
    return { text: JSON.stringify({ status, results, error }) };
  } catch (error) {
    return answerTo(error);
  } finally {
    await engine?.close();
  }
}

function ask(question: () => unknown): Answer {
  try {
    return { text: JSON.stringify(question()) ?? "nothing" };
  } catch (error) {
    return answerTo(error);
  }
}

function answerTo(error: unknown): Answer {
  if (error instanceof WorkflowError) return { refusal: error.message, code: error.code };
  return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

// A lease does not affect results: its epoch fences stale owners, and it expires.
function withoutLease({ owner: _, leaseUntil: __, leaseEpoch: ___, ...run }: StoredRun): object {
  return run;
}

/** Opens a database and asks every question that a user or an engine asks about its runs. */
export function askDatabase(path: string, runIds: readonly string[]): Answers {
  let storage: ReturnType<typeof openSqliteStorage>;
  try {
    storage = openSqliteStorage({ path });
  } catch (error) {
    return new Map([["open", answerTo(error)]]);
  }
  try {
    const answers = new Map<string, Answer>([
      ["count", ask(() => storage.countRuns())],
      ...askList(storage, runIds),
      ...askStatuses(storage, runIds),
    ]);
    for (const runId of runIds)
      answers.set(
        `show ${runId}`,
        ask(() => show(storage, runId)),
      );
    return answers;
  } finally {
    storage.close();
  }
}

// One answer per run: a damaged run must be listed as damaged and must not hide the others.
function askList(storage: StoragePort, runIds: readonly string[]): Map<string, Answer> {
  let listed: readonly StoredRun[] = [];
  const answer = ask(() => {
    listed = listRuns(storage);
    return listed.length;
  });
  if (!("text" in answer)) return new Map([["list", answer]]);
  const answers = new Map<string, Answer>([["list", answer]]);
  for (const runId of runIds) {
    const run = listed.find((one) => one.runId === runId);
    answers.set(
      `list ${runId}`,
      run?.damage === undefined
        ? ask(() => run && withoutLease(run))
        : { refusal: run.damage, code: run.errorCode ?? "" },
    );
  }
  return answers;
}

const STATUSES = ["running", "completed", "failed", "paused", "cancelled"] as const;

// The statuses under which each run is listed. This query uses a separate index.
function askStatuses(storage: StoragePort, runIds: readonly string[]): Map<string, Answer> {
  const lists: [string, readonly StoredRun[]][] = [];
  const problem = ask(() => {
    for (const status of STATUSES) lists.push([status, listRuns(storage, { status })]);
  });
  if (!("text" in problem)) return new Map([["statuses", problem]]);
  const statusesOf = (runId: string): Answer => {
    const found = lists.flatMap(([status, runs]) =>
      runs.filter((run) => run.runId === runId).map((run) => ({ status, run })),
    );
    const damaged = found.find(({ run }) => run.damage !== undefined)?.run;
    if (damaged?.damage !== undefined)
      return { refusal: damaged.damage, code: damaged.errorCode ?? "" };
    return ask(() => found.map(({ status }) => status));
  };
  return new Map(runIds.map((runId) => [`status ${runId}`, statusesOf(runId)]));
}

function show(storage: StoragePort, runId: string): object {
  const state = readState(storage, runId);
  const checkpoints = new CheckpointManager(storage).listCheckpoints(runId);
  const damaged = checkpoints.find(({ damage }) => damage !== undefined);
  // `axw show` lists a damaged checkpoint with its damage, which counts as reporting it.
  if (damaged !== undefined)
    throw new WorkflowError("checkpoint_damaged", `${damaged.checkpointId}: ${damaged.damage}`);
  return { ...state, attempts: storage.listAttempts(runId), checkpoints };
}

// Excludes `reader.problems`, because skipped checkpoints do not change the state.
function readState(storage: StoragePort, runId: string): object {
  const reader = RunReader.open(storage, runId).catchUp();
  const context = Machine.context(reader.machine);
  return {
    run: withoutLease(reader.row),
    source: reader.storedDefinition.source,
    workflow: reader.definition,
    state: Machine.state(reader.machine),
    seq: reader.seq,
    steps: Context.steps(context),
    results: Context.results(context),
    metrics: Context.metrics(context),
    error: Context.error(context),
  };
}
