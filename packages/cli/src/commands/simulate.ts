import { dirname } from "node:path";
import {
  type FailureRates,
  simulateSeeds,
  traceSeed,
  type WorkflowText,
} from "@automatosx/simulation";
import type { PreparedWorkflow } from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { lineToStart } from "../next/start-line.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { failArgs, readFailureRates } from "../read-failure-rates.js";
import { renderNext } from "../render/error.js";
import { performedSteps } from "../render/simulated-steps.js";
import { renderSimulation, summarizeSimulation } from "../render/simulation.js";
import { duration } from "../render/words.js";
import { loadWorkflow, pathOf } from "../workflow-file.js";

/** The number of worlds, and the time after which no more begin, unless a number is given. */
const DEFAULT_SEEDS = 1000;
const TIME_LIMIT_MS = 10_000;

export interface SimulateOptions {
  readonly seeds?: number;
  readonly seed?: number;
  readonly root?: string;
  /** `STEP=RATE` values. */
  readonly fail?: readonly string[];
  readonly json?: boolean;
}

/**
 * Runs a workflow in simulated worlds: the real engine on a real database, with simulated agents,
 * and with crashes, failures and late answers determined by a seed. With one seed, prints what
 * happens in that world.
 */
export async function simulate(
  io: CliIo,
  name: string,
  options: SimulateOptions,
): Promise<ExitCode> {
  const workflow = await loadWorkflow(io, name, options);
  const { seed, seeds, json = false, fail } = options;
  const stepIds = performedSteps(workflow.definition.steps).map(({ id }) => id);
  const rates = fail === undefined ? {} : { failureRates: readFailureRates(fail, stepIds) };
  const { source: text, format, path = "" } = workflow;
  const root = options.root === undefined ? {} : { root: pathOf(io, options.root) };
  const file = { text, format, base: dirname(path), ...root };
  const subject: Subject = { name, workflow, file, json, ...rates };
  return seed === undefined ? simulateMany(io, subject, seeds) : simulateOne(io, subject, seed);
}

/** What is simulated. */
interface Subject {
  readonly name: string;
  readonly workflow: PreparedWorkflow;
  /** What every world reads. */
  readonly file: WorkflowText;
  readonly failureRates?: FailureRates;
  readonly json: boolean;
}

function ratesOf({ failureRates }: Subject): { readonly failureRates?: FailureRates } {
  return failureRates === undefined ? {} : { failureRates };
}

async function simulateMany(
  io: CliIo,
  subject: Subject,
  seeds: number | undefined,
): Promise<ExitCode> {
  const { name, workflow, file, json } = subject;
  const seedCount = seeds ?? DEFAULT_SEEDS;
  const stop = new AbortController();
  const limit = AbortSignal.timeout(TIME_LIMIT_MS);
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, () => stop.abort()),
  );
  const startedAt = performance.now();
  const totals = await simulateSeeds({
    seedCount,
    workflow: file,
    ...ratesOf(subject),
    triesOneMoreRetry: true,
    signal: seeds === undefined ? AbortSignal.any([stop.signal, limit]) : stop.signal,
    ...(io.stderr.isTty && {
      onProgress: (doneCount) => io.stderr.write(`\r${doneCount} of ${seedCount} worlds`),
    }),
  });
  if (io.stderr.isTty) io.stderr.write("\r\u001b[K");
  for (const release of releases) release();
  const summary = summarizeSimulation(workflow, totals, seedCount, {
    ...(seeds === undefined && { timeLimitMs: TIME_LIMIT_MS }),
    ...ratesOf(subject),
  });
  if (json) io.stdout.json(summary);
  else renderSimulation(io, name, summary, performance.now() - startedAt);
  if (!json && totals.failedCount === 0 && totals.seedCount > 0)
    renderNext(messages(io), await lineToStart(io, name, workflow));
  if (totals.failedCount > 0) return ExitCode.failed;
  return stop.signal.aborted ? ExitCode.interrupted : ExitCode.ok;
}

async function simulateOne(
  io: CliIo,
  { name, workflow, file, failureRates, json }: Subject,
  seed: number,
): Promise<ExitCode> {
  const { ok, failures, faults, trace, endings, makespanMs } = await traceSeed(
    seed,
    file,
    failureRates,
  );
  const exitCode = ok ? ExitCode.ok : ExitCode.failed;
  if (json) {
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      workflowId: workflow.definition.id,
      seed,
      ok,
      failures,
      faults,
      trace,
      endings,
      makespanMs,
    });
    return exitCode;
  }
  const { stdout } = io;
  for (const fault of faults) stdout.line(`fault  ${cleanLine(fault)}`);
  for (const line of trace) stdout.line(cleanLine(line));
  for (const failure of failures)
    stdout.line(`${stdout.paint("red", "broken")}  ${cleanLine(failure)}`);
  const took = `${endings.join(", ")} after ${duration(makespanMs)} of simulated time`;
  stdout.line(`seed ${seed}: ${took}; ${ok ? "every promise held" : "a promise was broken"}`);
  const rates = failArgs(failureRates);
  renderNext(
    messages(io),
    ok
      ? next("simulate_workflow", "simulated_once", { file: name, rates })
      : next("print_seed", "broken_promise", { file: name, rates, seed }),
  );
  return exitCode;
}
