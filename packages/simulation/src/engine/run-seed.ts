import { playWorld } from "../play-world.js";
import { EngineWorld, type EngineWorldOptions } from "./EngineWorld.js";
import { describeFault, type Fault } from "./Fault.js";
import { addStepTotals, type StepTotalsById, stepsOfRun } from "./step-totals.js";

/** The outcome of one seed. */
export interface SeedReport {
  readonly seed: number;
  readonly ok: boolean;
  /** True if the world was ended before its runs had ended: nothing else here is complete. */
  readonly wasStopped: boolean;
  /** The broken promises, one line each. */
  readonly failures: readonly string[];
  /** Everything that happened, in order. The same seed produces the same lines. */
  readonly trace: readonly string[];
  /** The planned faults, one line each. */
  readonly faults: readonly string[];
  /** How many of `faults` occurred before the runs ended. */
  readonly firedCount: number;
  /** The same by kind. */
  readonly firedKinds: Readonly<Partial<Record<Fault["kind"], number>>>;
  readonly steps: StepTotalsById;
  /** Number of runs by outcome. */
  readonly endings: readonly ("completed" | "failed" | "cancelled" | "open")[];
  /** Time from the first start to the end of the last run, in simulated ms. */
  readonly makespanMs: number;
}

/** Runs the world of a seed: the real engine on a real database, with faults. Never rejects. */
export async function runEngineSeed(options: EngineWorldOptions): Promise<SeedReport> {
  const world = new EngineWorld(options);
  await playWorld(world);
  const ok = world.failures.length === 0;
  if (!ok || world.wasStopped) options.databases.retire();
  return {
    seed: options.seed,
    ok,
    wasStopped: world.wasStopped,
    failures: world.failures,
    trace: world.trace,
    faults: world.faults.map(describeFault),
    firedCount: world.firedCount,
    firedKinds: world.firedKinds,
    steps: addStepTotals(world.runs.map(({ model }) => stepsOfRun(model))),
    endings: world.runs.map(({ model }) => model.ending ?? "open"),
    makespanMs: world.elapsedMs,
  };
}
