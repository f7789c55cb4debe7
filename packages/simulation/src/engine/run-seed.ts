import { describeFault } from "./faults.js";
import { World, type WorldOptions } from "./World.js";

/** What became of one seed. */
export interface SeedReport {
  readonly seed: number;
  readonly ok: boolean;
  /** What was broken, one line each. */
  readonly failures: readonly string[];
  /** Everything that happened, in order; the same seed gives the same lines. */
  readonly trace: readonly string[];
  /** What was to go wrong, one line each. */
  readonly faults: readonly string[];
  /** How many of these came to pass before the end. */
  readonly firedCount: number;
  /** How the runs ended. */
  readonly endings: readonly ("completed" | "failed" | "cancelled" | "open")[];
  /** From the first start to the last ending, in simulated ms. */
  readonly makespanMs: number;
}

/** Runs one world out of a seed: the real engine on a real database, with faults. Never rejects for what it finds. */
export async function runSeed(options: WorldOptions): Promise<SeedReport> {
  const world = new World(options);
  const unhandled = (error: unknown): void =>
    world.report(`unhandled rejection: ${error instanceof Error ? error.stack : String(error)}`);
  process.on("unhandledRejection", unhandled);
  try {
    await world.run();
  } catch (error) {
    world.report(
      `the simulation itself failed: ${error instanceof Error ? error.stack : String(error)}`,
    );
  } finally {
    process.off("unhandledRejection", unhandled);
  }
  const ok = world.failures.length === 0;
  if (!ok) options.databases.retire();
  return {
    seed: options.seed,
    ok,
    failures: world.failures,
    trace: world.trace,
    faults: world.faults.map(describeFault),
    firedCount: world.firedCount,
    endings: world.runs.map(({ model }) => model.ending ?? "open"),
    makespanMs: world.elapsedMs,
  };
}
