import * as fc from "fast-check";
import type { Handlers, RunPolicy, StepDef } from "../../src/index.js";
import { step } from "./machines.js";

/**
 * A step, and how many times its agent fails before it succeeds. Interruptions do not count.
 */
export interface Task {
  readonly def: StepDef;
  readonly failures: number;
}

export interface Workflow {
  readonly tasks: readonly Task[];
  readonly policy: RunPolicy;
  readonly handlers?: Handlers;
}

const agents = ["x", "y", "z"];
const limit = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 });

const policy = fc
  .record({
    concurrency: limit,
    agentLimits: fc.dictionary(fc.constantFrom(...agents), fc.integer({ min: 1, max: 2 }), {
      maxKeys: 2,
    }),
    checkpointEvery: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 2 }),
    checkpointIntervalMs: fc.option(fc.integer({ min: 0, max: 2000 }), { nil: undefined, freq: 1 }),
  })
  .map(
    ({ concurrency, agentLimits, checkpointEvery, checkpointIntervalMs }): RunPolicy => ({
      agentConcurrency: agentLimits,
      ...(concurrency !== undefined && { concurrency }),
      ...(checkpointEvery !== undefined && { checkpointEvery }),
      ...(checkpointIntervalMs !== undefined && { checkpointIntervalMs }),
    }),
  );

const traits = fc.record({
  // One bit for each earlier step.
  dependencies: fc.integer({ min: 0, max: 4095 }),
  isDense: fc.boolean(),
  place: fc.nat(),
  agentId: fc.constantFrom(...agents),
  parallel: fc.boolean(),
  retries: fc.integer({ min: 0, max: 2 }),
  continueOnError: fc.boolean(),
  failures: fc.constantFrom(0, 0, 0, 0, 1, 2, 9),
  checkpoint: fc.option(fc.constantFrom("red", "green"), { nil: undefined, freq: 1 }),
  initialDelayMs: fc.integer({ min: 0, max: 1000 }),
});

/** Up to twelve steps without a cycle, defined in any order. */
export const workflows: fc.Arbitrary<Workflow> = fc
  .record({ steps: fc.array(traits, { minLength: 1, maxLength: 12, size: "max" }), policy })
  .map(({ steps, policy }) => {
    const tasks = steps.map(
      (
        {
          dependencies,
          isDense,
          failures,
          initialDelayMs,
          checkpoint,
          agentId,
          parallel,
          retries,
          continueOnError,
        },
        index,
      ) => {
        const bits = isDense ? dependencies : dependencies & (dependencies >> 3);
        const earlier = Array.from({ length: index }, (_, other) => other).filter(
          (other) => (bits >> other) & 1,
        );
        const def = step(`s${index}`, {
          dependencies: earlier.map((other) => `s${other}`),
          agentId,
          parallel,
          retries,
          continueOnError,
          retry: { initialDelayMs, factor: 2, maxDelayMs: 5000, jitter: "full" },
          ...(checkpoint !== undefined && { checkpoint }),
        });
        return { def, failures };
      },
    );
    const places = new Map(tasks.map((task, index) => [task, steps[index]?.place ?? 0]));
    return { tasks: tasks.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0)), policy };
  });
