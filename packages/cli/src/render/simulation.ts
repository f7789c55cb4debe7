import { engineInvariants, type FailureRates, type SeedTotals } from "@automatosx/simulation";
import type { PreparedWorkflow } from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { axw, commandText } from "../command.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import type { Output } from "../Output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { failArgs } from "../read-failure-rates.js";
import { renderNext } from "./error.js";
import {
  percent,
  renderSimulatedSteps,
  renderWords,
  type SimulatedStep,
  simulatedSteps,
} from "./simulated-steps.js";
import { count, duration } from "./words.js";
import { wrap } from "./wrap.js";

/** The totals of many seeds, as `--json` prints them. */
export interface SimulationSummary {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly workflowId: string;
  readonly version: string;
  readonly stepCount: number;
  readonly seedCount: number;
  /** Greater than `seedCount` if the simulation was stopped early. */
  readonly wantedSeedCount: number;
  /** The time after which the simulation stops, if no number of seeds is given. */
  readonly timeLimitMs?: number;
  readonly runCount: number;
  readonly faultCount: number;
  /** Faults by kind. */
  readonly faultKinds: SeedTotals["faultKinds"];
  /** The probabilities of `--fail`, if they were given. */
  readonly failureRates?: FailureRates;
  readonly steps: readonly SimulatedStep[];
  readonly invariants: readonly string[];
  readonly endings: SeedTotals["endings"];
  readonly makespanMs: { readonly min: number; readonly median: number; readonly max: number };
  readonly failedCount: number;
  readonly failed: SeedTotals["failed"];
}

export function summarizeSimulation(
  { definition }: Pick<PreparedWorkflow, "definition">,
  totals: SeedTotals,
  wantedSeedCount: number,
  given: Pick<SimulationSummary, "timeLimitMs" | "failureRates"> = {},
): SimulationSummary {
  const { seedCount, runCount, faultCount, faultKinds, endings } = totals;
  const { failedCount, failed, makespansMs } = totals;
  const at = (part: number): number =>
    makespansMs[Math.floor((makespansMs.length - 1) * part)] ?? 0;
  return {
    schemaVersion: SCHEMA_VERSION,
    workflowId: definition.id,
    version: definition.version,
    stepCount: definition.steps.length,
    seedCount,
    wantedSeedCount,
    ...given,
    runCount,
    faultCount,
    faultKinds,
    steps: simulatedSteps(definition, totals),
    invariants: engineInvariants,
    endings,
    makespanMs: { min: at(0), median: at(0.5), max: at(1) },
    failedCount,
    failed,
  };
}

/**
 * Prints what was simulated and which promises held; for a failure, prints the seed, the trace, and
 * the command that reproduces it.
 */
export function renderSimulation(
  io: CliIo,
  name: string,
  summary: SimulationSummary,
  tookMs: number,
): void {
  const out = io.stdout;
  renderTotals(out, summary, tookMs);
  renderSimulatedSteps(out, summary.steps, summary.runCount);
  const { failedCount, failed } = summary;
  if (failedCount === 0) {
    const { seedCount, invariants } = summary;
    const where = seedCount < summary.wantedSeedCount ? "these worlds" : "every world";
    const held = `held      all ${invariants.length} promises of the engine, in ${where}`;
    for (const line of wrap(out, `${held} (--json lists them)`, INDENT)) out.line(line);
    renderWords(out, summary.failureRates !== undefined);
    return;
  }
  for (const story of failed) renderFailure(out, story);
  const others = failedCount - failed.length;
  if (others > 0) out.line(`and ${count(others, "more seed", "more seeds")}`);
  const version = commandText(axw("--version"), out.typedAxw);
  out.line("This is a defect of the engine, not of the workflow.");
  out.line(`Please report it with the file, the seed and the output of \`${version}\`.`);
  const rates = failArgs(summary.failureRates);
  const subject = { file: name, rates, seed: failed[0]?.seed ?? 1 };
  renderNext(messages(io), next("simulate_seed", "broken_promise", subject));
}

function renderTotals(out: Output, summary: SimulationSummary, tookMs: number): void {
  const { workflowId, version, stepCount, seedCount, wantedSeedCount, endings } = summary;
  const { runCount, faultCount, makespanMs, timeLimitMs } = summary;
  const what = `${cleanLine(workflowId)} ${cleanLine(version)}   ${count(stepCount, "step")}`;
  const worlds = `${count(seedCount, "world")} with ${count(runCount, "run")}`;
  out.line(`${what}: ${worlds}, ${count(faultCount, "fault")}, in ${duration(tookMs)}`);
  const ended = Object.entries(endings).flatMap(([ending, runs]) =>
    runs > 0 ? [`${runs} ${ending} (${percent(runs, runCount)})`] : [],
  );
  out.line(`endings   ${ended.length === 0 ? "none" : ended.join(", ")}`);
  const { min, median, max } = makespanMs;
  const spread = `shortest ${duration(min)}, median ${duration(median)}, longest ${duration(max)}`;
  out.line(`makespan  ${spread} of simulated time`);
  for (const line of wrap(out, `faults    ${faultsText(summary)}`, INDENT)) out.line(line);
  if (seedCount < wantedSeedCount) {
    const reason =
      timeLimitMs !== undefined && tookMs >= timeLimitMs
        ? `these took ${duration(timeLimitMs)}; --seeds N simulates N worlds`
        : "the others were not tried";
    out.line(`stopped   after ${seedCount} of ${count(wantedSeedCount, "world")}: ${reason}`);
  }
}

/** The width of `makespan  `. */
const INDENT = " ".repeat(10);

const FAULT_WORDS: Readonly<Record<keyof SimulationSummary["faultKinds"], string>> = {
  agent: "failures of agents",
  storage: "faults of the storage",
  crash: "crashes",
  close: "engines closed",
  rival: "rival processes",
  sleep: "sleeps of the machine",
  freeze: "frozen processes",
  command: "commands of a user",
};

function faultsText({ faultKinds, failureRates, seedCount }: SimulationSummary): string {
  if (failureRates !== undefined) {
    const rates = Object.entries(failureRates).map(
      ([stepId, rate]) =>
        `${stepId === "*" ? "any other step" : cleanLine(stepId)} ${percent(rate, 1)}`,
    );
    return (
      `an attempt fails with the given probability (${rates.join(", ")}), ` +
      "and nothing else goes wrong"
    );
  }
  const kinds = (Object.entries(faultKinds) as [keyof typeof FAULT_WORDS, number][])
    .toSorted(([, one], [, other]) => other - one)
    .map(([kind, times]) => `${(times / Math.max(1, seedCount)).toFixed(2)} ${FAULT_WORDS[kind]}`);
  return kinds.length === 0 ? "none" : `in each world, on average: ${kinds.join(", ")}`;
}

function renderFailure(out: Output, story: SimulationSummary["failed"][number]): void {
  out.line(`${out.paint("red", "broken")}    seed ${story.seed}`);
  for (const failure of story.failures) out.line(`  ${cleanLine(failure)}`);
  for (const fault of story.faults) out.line(`  fault  ${cleanLine(fault)}`);
  for (const line of story.trace) out.line(`  ${cleanLine(line)}`);
}
