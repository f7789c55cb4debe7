import {
  CheckpointManager,
  findRun,
  isOwned,
  isQuarantined,
  type OwnerState,
  ownerState,
  RunReader,
  type StepInfo,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { cleanLine, cleanText } from "@automatosx/workflow/terminal-text";
import { axw, type Command } from "../command.js";
import { type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { checkpointAsJson, metricsAsJson, runAsJson, stepAsJson } from "../json/run-json.js";
import type { Output } from "../Output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { checkpointTable } from "../render/checkpoint-table.js";
import { renderNext } from "../render/error.js";
import { originLines } from "../render/origin-lines.js";
import { shortId } from "../render/short-id.js";
import { statusWord } from "../render/status.js";
import { failedStep, stepTable } from "../render/summary.js";
import { duration, instant } from "../render/words.js";
import { resumeCommand } from "../resume-command.js";

/** The maximum number of results that are printed. */
const RESULT_LIMIT = 40;

const OWNER_WORDS: Readonly<Record<OwnerState, string>> = {
  none: "none",
  gone: "gone",
  alive: "alive",
  elsewhere: "on another machine or in another container",
  expired: "it no longer renews its lease",
};

/** Shows a run as recorded in its journal so far, no matter which process owns it. */
export async function show(
  io: CliIo,
  id: string,
  options: DbOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  const run = findRun(storage, id);
  const { view, problems } = RunReader.open(storage, run.runId).catchUp();
  const [steps, metrics, results] = [view.steps(), view.metrics(), view.results()];
  const checkpoints = new CheckpointManager(storage).listCheckpoints(run.runId);
  if (options.json === true) {
    const attempts = storage.listAttempts(run.runId);
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      run: runAsJson(run),
      owner: ownerState(run),
      metrics: metricsAsJson(metrics),
      steps: steps.map(stepAsJson),
      attempts,
      results,
      checkpoints: checkpoints.map(checkpointAsJson),
    });
    return ExitCode.ok;
  }
  const { stdout } = io;
  renderHead(stdout, run, metrics.duration);
  for (const line of originLines(io, run.startedFrom)) stdout.line(line);
  for (const problem of problems)
    io.stderr.line(`${statusWord(io.stderr, "warning")}  ${cleanText(problem.message)}`);
  for (const line of stepTable(stdout, steps, () => false)) stdout.line(line);
  renderResults(stdout, results);
  if (checkpoints.length > 0)
    for (const line of checkpointTable(stdout, checkpoints)) stdout.line(line);
  renderNext(messages(io), nextFor(run, steps), options);
  return ExitCode.ok;
}

function renderHead(out: Output, run: StoredRun, durationMs: number | undefined): void {
  const end = run.finishedAt ?? (run.status === "running" ? Date.now() : run.updatedAt);
  const took = durationMs ?? end - run.createdAt;
  const workflow = `${cleanLine(run.workflowId)} ${cleanLine(run.workflowVersion)}`;
  const state = run.status === run.state ? "" : `  (${run.state})`;
  out.line(`${statusWord(out, run.status)}  run ${shortId(run.runId)} of ${workflow}${state}`);
  out.line(`id       ${run.runId}`);
  out.line(`started  ${instant(run.createdAt)}, ${duration(Math.max(0, took))}`);
  if (run.owner !== undefined) {
    const { pid, host } = run.owner;
    out.line(`owner    process ${pid} on ${cleanLine(host)} (${OWNER_WORDS[ownerState(run)]})`);
  }
  if (run.error !== undefined) out.line(`error    ${cleanLine(run.error)}`);
  if (isQuarantined(run)) {
    const cause = cleanLine(run.recoveryError ?? "its engine died each time");
    out.line(`recovery quarantined after ${run.failedRecoveries} failed attempts: ${cause}`);
  }
  if (Object.keys(run.inputs).length > 0)
    out.line(`inputs   ${cleanLine(JSON.stringify(run.inputs))}`);
}

// Print errors in full: the table of steps shows only the beginning of each.
function renderResults(out: Output, results: Readonly<Record<string, unknown>>): void {
  const entries = Object.entries(results);
  if (entries.length === 0) return;
  out.line(out.paint("bold", "results"));
  for (const [stepId, result] of entries.slice(0, RESULT_LIMIT)) {
    const text = typeof result === "string" ? result : JSON.stringify(result, undefined, 2);
    const lines = cleanText(text).trimEnd().split("\n");
    out.line(
      lines.length === 1
        ? `  ${cleanLine(stepId)}: ${lines[0] ?? ""}`
        : `  ${cleanLine(stepId)}:\n${lines.map((line) => `    ${line}`).join("\n")}`,
    );
  }
  if (entries.length > RESULT_LIMIT)
    out.line(`  … and ${entries.length - RESULT_LIMIT} more: --json prints them all`);
}

function nextFor(run: StoredRun, steps: readonly StepInfo[]): Command {
  const id = shortId(run.runId);
  const failedId = failedStep(steps)?.id;
  if (run.status === "completed" || run.status === "cancelled") return axw("events", id);
  if (run.status === "failed" && failedId !== undefined) return axw("logs", id, failedId);
  if (run.status === "running" && isOwned(run)) return axw("events", id, "--follow");
  return resumeCommand(run.runId, steps);
}
