import {
  engineInvariants,
  type SeedTotals,
  simulateSeeds,
  traceSeed,
} from "@automatosx/simulation";
import type { PreparedWorkflow } from "@automatosx/workflow";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, talkOf } from "../io.js";
import { cleanLine } from "../render/clean-text.js";
import { renderNext } from "../render/error.js";
import { count, duration, shellWord } from "../render/words.js";
import { loadWorkflow } from "../workflow-file.js";

export interface SimulateFlags {
  readonly seeds: number;
  readonly seed?: number;
  readonly json?: boolean;
}

/**
 * Runs a workflow in simulated worlds: the real engine on a real database, agents that are made up, and crashes,
 * failures and late answers by chance. With one seed, tells the story of that world.
 */
export async function simulate(io: CliIo, name: string, flags: SimulateFlags): Promise<ExitCode> {
  const file = await loadWorkflow(io, name);
  return flags.seed === undefined
    ? manySeeds(io, name, file, flags)
    : oneSeed(io, name, file, flags.seed, flags.json === true);
}

async function manySeeds(
  io: CliIo,
  name: string,
  file: PreparedWorkflow,
  flags: SimulateFlags,
): Promise<ExitCode> {
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, () => stop.abort()),
  );
  const startedAt = performance.now();
  const totals = await simulateSeeds({
    ...{
      seedCount: flags.seeds,
      workflow: { text: file.source, format: file.format },
      signal: stop.signal,
    },
    ...(io.stderr.isTty && {
      onProgress: (doneCount) => io.stderr.write(`\r${doneCount} of ${flags.seeds} seeds`),
    }),
  });
  if (io.stderr.isTty) io.stderr.write("\r\u001b[K");
  for (const release of releases) release();
  const summary = summarize(file, totals, flags.seeds);
  if (flags.json === true) io.stdout.json(summary);
  else renderTotals(io, name, summary, performance.now() - startedAt);
  if (totals.failedCount > 0) return ExitCode.failed;
  return stop.signal.aborted ? ExitCode.interrupted : ExitCode.ok;
}

async function oneSeed(
  io: CliIo,
  name: string,
  file: PreparedWorkflow,
  seed: number,
  isJson: boolean,
): Promise<ExitCode> {
  const { ok, failures, faults, trace, endings, makespanMs } = await traceSeed(seed, {
    text: file.source,
    format: file.format,
  });
  if (isJson) {
    io.stdout.json({
      schemaVersion: 1,
      workflowId: file.definition.id,
      seed,
      ok,
      failures,
      faults,
      trace,
      endings,
      makespanMs,
    });
    return ok ? ExitCode.ok : ExitCode.failed;
  }
  const { stdout } = io;
  for (const fault of faults) stdout.line(`fault  ${cleanLine(fault)}`);
  for (const line of trace) stdout.line(cleanLine(line));
  for (const failure of failures)
    stdout.line(`${stdout.paint("red", "broken")}  ${cleanLine(failure)}`);
  stdout.line(
    `seed ${seed}: ${endings.join(", ")} after ${duration(makespanMs)} of simulated time; ${ok ? "everything held" : "not everything held"}`,
  );
  renderNext(
    talkOf(io),
    ok
      ? `axw simulate ${shellWord(name)}`
      : `axw simulate ${shellWord(name)} --seed ${seed} --json`,
  );
  return ok ? ExitCode.ok : ExitCode.failed;
}

/** What many seeds came to, as `--json` prints it. */
export interface SimulationSummary {
  readonly schemaVersion: 1;
  readonly workflowId: string;
  readonly version: string;
  readonly stepCount: number;
  readonly seedCount: number;
  /** Greater than `seedCount` when it was ended early. */
  readonly wantedSeedCount: number;
  readonly runCount: number;
  readonly faultCount: number;
  readonly invariants: readonly string[];
  readonly endings: SeedTotals["endings"];
  readonly makespanMs: { readonly min: number; readonly median: number; readonly max: number };
  readonly failedCount: number;
  readonly failed: SeedTotals["failed"];
}

export function summarize(
  { definition }: Pick<PreparedWorkflow, "definition">,
  totals: SeedTotals,
  wantedSeedCount: number,
): SimulationSummary {
  const { seedCount, runCount, faultCount, endings, failedCount, failed, makespansMs } = totals;
  const at = (part: number): number =>
    makespansMs[Math.floor((makespansMs.length - 1) * part)] ?? 0;
  return {
    ...{
      schemaVersion: 1,
      workflowId: definition.id,
      version: definition.version,
      stepCount: definition.steps.length,
    },
    ...{ seedCount, wantedSeedCount, runCount, faultCount, invariants: engineInvariants, endings },
    ...{ makespanMs: { min: at(0), median: at(0.5), max: at(1) }, failedCount, failed },
  };
}

/** What was tried and what held; of a failure the seed, the story, and the command that tells it again. */
export function renderTotals(
  io: CliIo,
  name: string,
  summary: SimulationSummary,
  tookMs: number,
): void {
  const out = io.stdout;
  const {
    workflowId,
    version,
    stepCount,
    seedCount,
    wantedSeedCount,
    runCount,
    faultCount,
    endings,
    makespanMs,
    failedCount,
    failed,
  } = summary;
  out.line(
    `${cleanLine(workflowId)} ${cleanLine(version)}   ${count(stepCount, "step")}: ${count(seedCount, "world")} with ${count(runCount, "run")}, ${count(faultCount, "fault")}, in ${duration(tookMs)}`,
  );
  const ends = Object.entries(endings).filter(([, runs]) => runs > 0);
  out.line(
    `endings   ${ends.length === 0 ? "none" : ends.map(([ending, runs]) => `${runs} ${ending}`).join(", ")}`,
  );
  out.line(
    `makespan  least ${duration(makespanMs.min)}, median ${duration(makespanMs.median)}, most ${duration(makespanMs.max)} of simulated time`,
  );
  const isCutShort = seedCount < wantedSeedCount;
  if (isCutShort)
    out.line(
      `stopped   after ${seedCount} of ${count(wantedSeedCount, "world")}; of the others nothing is known`,
    );
  if (failedCount === 0) {
    out.line(`held      ${isCutShort ? "in these" : "everywhere"}:`);
    for (const invariant of summary.invariants) out.line(`  ${invariant}`);
    return renderNext(talkOf(io), `axw run ${shellWord(name)}`);
  }
  for (const { seed, failures, faults, trace } of failed) {
    out.line(`${out.paint("red", "broken")}    seed ${seed}`);
    for (const failure of failures) out.line(`  ${cleanLine(failure)}`);
    for (const fault of faults) out.line(`  fault  ${cleanLine(fault)}`);
    for (const line of trace) out.line(`  ${cleanLine(line)}`);
  }
  if (failedCount > failed.length) out.line(`and ${failedCount - failed.length} more seeds`);
  out.line(
    "This is a defect of the engine, not of the workflow. Please report it with the file, the seed and `axw --version`.",
  );
  renderNext(talkOf(io), `axw simulate ${shellWord(name)} --seed ${failed[0]?.seed ?? 1}`);
}
