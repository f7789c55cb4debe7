import {
  type CheckedCheckpoint,
  CheckpointManager,
  isQuarantined,
  RunReader,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { type DbOptions, findRun, openToRead } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, talkOf } from "../io.js";
import { ownerState } from "../owner-state.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { cleanLine, cleanText } from "../render/clean-text.js";
import { renderNext } from "../render/error.js";
import { statusWord } from "../render/status.js";
import { failedStep, stepTable } from "../render/summary.js";
import { table } from "../render/table.js";
import { duration, instant, shellWord, shortId } from "../render/words.js";

const MOST_RESULTS = 40;

/** Shows a run as its journal stands, whichever process works on it. */
export async function show(
  io: CliIo,
  id: string,
  options: DbOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  const run = findRun(storage, id);
  const reader = RunReader.open(storage, run.runId).catchUp();
  const { view } = reader;
  const [steps, metrics, results] = [view.steps(), view.metrics(), view.results()];
  const checkpoints = new CheckpointManager(storage).listCheckpoints(run.runId);
  if (options.json === true) {
    const attempts = storage.listAttempts(run.runId);
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      run,
      owner: ownerState(run),
      metrics,
      steps,
      attempts,
      results,
      checkpoints,
    });
    return ExitCode.ok;
  }
  renderHead(io, run, metrics.duration);
  for (const problem of reader.problems)
    io.stderr.line(`${statusWord(io.stderr, "warning")}  ${cleanText(problem.message)}`);
  for (const line of stepTable(io.stdout, steps, () => false)) io.stdout.line(line);
  renderResults(io, results);
  renderCheckpoints(io, checkpoints);
  renderNext(talkOf(io), nextFor(run, failedStep(steps)?.id, dbFlag(options)));
  return ExitCode.ok;
}

function renderHead(io: CliIo, run: StoredRun, durationMs: number | undefined): void {
  const { stdout } = io;
  const took =
    durationMs ??
    (run.finishedAt ?? (run.status === "running" ? Date.now() : run.updatedAt)) - run.createdAt;
  stdout.line(
    `${statusWord(stdout, run.status)}  run ${shortId(run.runId)} of ${cleanLine(run.workflowId)} ${cleanLine(run.workflowVersion)}${run.status === run.state ? "" : `  (${run.state})`}`,
  );
  stdout.line(`id       ${run.runId}`);
  stdout.line(`started  ${instant(run.createdAt)}, ${duration(Math.max(0, took))}`);
  if (run.owner !== undefined)
    stdout.line(
      `owner    process ${run.owner.pid} on ${cleanLine(run.owner.host)} (${ownerState(run)})`,
    );
  if (run.error !== undefined) stdout.line(`error    ${cleanLine(run.error)}`);
  if (isQuarantined(run))
    stdout.line(
      `left     alone after ${run.failedRecoveries} failed recoveries: ${cleanLine(run.recoveryError ?? "its engine died each time")}`,
    );
  if (Object.keys(run.inputs).length > 0)
    stdout.line(`inputs   ${cleanLine(JSON.stringify(run.inputs))}`);
}

// In full: the table has only their beginnings.
function renderResults(io: CliIo, results: Readonly<Record<string, unknown>>): void {
  const entries = Object.entries(results);
  if (entries.length === 0) return;
  io.stdout.line(io.stdout.paint("bold", "results"));
  for (const [stepId, result] of entries.slice(0, MOST_RESULTS)) {
    const text = typeof result === "string" ? result : JSON.stringify(result, undefined, 2);
    const lines = cleanText(text).trimEnd().split("\n");
    io.stdout.line(
      lines.length === 1
        ? `  ${cleanLine(stepId)}: ${lines[0] ?? ""}`
        : `  ${cleanLine(stepId)}:\n${lines.map((line) => `    ${line}`).join("\n")}`,
    );
  }
  if (entries.length > MOST_RESULTS)
    io.stdout.line(`  … and ${entries.length - MOST_RESULTS} more: --json has them all`);
}

function renderCheckpoints(io: CliIo, checkpoints: readonly CheckedCheckpoint[]): void {
  if (checkpoints.length === 0) return;
  for (const line of checkpointTable(io.stdout, checkpoints)) io.stdout.line(line);
}

/** Checkpoints, newest first. */
export function checkpointTable(
  out: CliIo["stdout"],
  checkpoints: readonly CheckedCheckpoint[],
): string[] {
  const rows = checkpoints.map(
    ({ checkpointId, kind, name, createdAt, completedCount, seq, damage }) => [
      shortId(checkpointId),
      kind,
      String(completedCount),
      String(seq),
      instant(createdAt),
      damage === undefined ? (name ?? "") : `damaged: ${damage}`,
    ],
  );
  return table(out, ["CHECKPOINT", "KIND", "COMPLETED", "EVENT", "WRITTEN", "NAME"], rows);
}

function nextFor(run: StoredRun, failedId: string | undefined, db: string): string {
  const id = shortId(run.runId);
  const owner = ownerState(run);
  if (run.status === "completed" || run.status === "cancelled") return `axw events ${id}${db}`;
  if (run.status === "failed" && failedId !== undefined)
    return `axw logs ${id} ${shellWord(failedId)}${db}`;
  if (run.status === "running" && (owner === "alive" || owner === "elsewhere"))
    return `axw events ${id} --follow${db}`;
  return `axw resume ${id}${db}`;
}
