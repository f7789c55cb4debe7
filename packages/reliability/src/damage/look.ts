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
import { agents } from "./half-workflow.ts";

/** What someone got who asked one question of a database: an answer as text, or a refusal that says what is wrong. */
export type Answer =
  | { readonly says: string }
  | { readonly refusal: string; readonly code: string }
  | { readonly crash: string };

/** Questions and their answers, as `axw show`, `list`, `checkpoint list`, `resume` and `doctor --verify` would put them. */
export type Answers = ReadonlyMap<string, Answer>;

/** Resumes a run to its end. */
export async function resume(path: string, runId: string): Promise<Answer> {
  let engine: WorkflowEngine | undefined;
  try {
    engine = await WorkflowEngine.open({ database: path, agents: agents() });
    const { status, results, error } = await (await engine.resume(runId)).ending;
    return { says: JSON.stringify({ status, results, error }) };
  } catch (error) {
    return answerTo(error);
  } finally {
    await engine?.close();
  }
}

function ask(question: () => unknown): Answer {
  try {
    return { says: JSON.stringify(question()) ?? "nothing" };
  } catch (error) {
    return answerTo(error);
  }
}

function answerTo(error: unknown): Answer {
  if (error instanceof WorkflowError) return { refusal: error.message, code: error.code };
  return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

// Whose the run is at the moment decides no result: it is fenced by the epoch, and ends with the lease.
function lasting({ owner: _, leaseUntil: __, leaseEpoch: ___, ...run }: StoredRun): object {
  return run;
}

/** Opens a database and asks everything that a person or an engine asks of its runs. */
export function look(path: string, runIds: readonly string[]): Answers {
  let storage: ReturnType<typeof openSqliteStorage>;
  try {
    storage = openSqliteStorage({ path });
  } catch (error) {
    return new Map([["open", answerTo(error)]]);
  }
  try {
    const answers = new Map<string, Answer>([
      ["count", ask(() => storage.countRuns())],
      ...lookAtList(storage, runIds),
      ...lookAtStatuses(storage, runIds),
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

// One answer a run: a damaged one must not hide the others, and has to say that it is damaged.
function lookAtList(storage: StoragePort, runIds: readonly string[]): Map<string, Answer> {
  let listed: readonly StoredRun[] = [];
  const answer = ask(() => {
    listed = listRuns(storage);
    return listed.length;
  });
  if (!("says" in answer)) return new Map([["list", answer]]);
  const answers = new Map<string, Answer>([["list", answer]]);
  for (const runId of runIds) {
    const run = listed.find((one) => one.runId === runId);
    answers.set(
      `list ${runId}`,
      run?.damage === undefined
        ? ask(() => run && lasting(run))
        : { refusal: run.damage, code: run.errorCode ?? "" },
    );
  }
  return answers;
}

const STATUSES = ["running", "completed", "failed", "paused", "cancelled"] as const;

// Under which statuses each run is listed: an index of its own answers that.
function lookAtStatuses(storage: StoragePort, runIds: readonly string[]): Map<string, Answer> {
  const lists: [string, readonly StoredRun[]][] = [];
  const problem = ask(() => {
    for (const status of STATUSES) lists.push([status, listRuns(storage, { status })]);
  });
  if (!("says" in problem)) return new Map([["statuses", problem]]);
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
  // Shown in its place, in the list of the run's checkpoints.
  if (damaged !== undefined)
    throw new WorkflowError("checkpoint_damaged", `${damaged.checkpointId}: ${damaged.damage}`);
  return { ...state, attempts: storage.listAttempts(runId), checkpoints };
}

function readState(storage: StoragePort, runId: string): object {
  const reader = RunReader.open(storage, runId).catchUp();
  const context = Machine.context(reader.machine);
  return {
    run: lasting(reader.row),
    source: reader.storedDefinition.source,
    workflow: reader.definition,
    state: Machine.state(reader.machine),
    seq: reader.seq,
    steps: Context.steps(context),
    results: Context.results(context),
    metrics: Context.metrics(context),
    error: Context.error(context),
    // Text for people: which checkpoints were passed over changes nothing of the state.
    ...(reader.problems.length > 0 && { passedOver: undefined }),
  };
}
