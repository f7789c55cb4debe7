import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { type TrialStep, trialWorkflow } from "./backend-suite-trial.js";

/**
 * Workflows of all shapes, the same on every call: chains, fans and random graphs, with failures,
 * retries, tolerated failures, checkpoints and the serial lane. One step at a time, so that the
 * order of their rows does not depend on how long an attempt takes.
 */
export function assortedWorkflows(count: number): readonly PreparedWorkflow[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomNumbers(index + 1);
    const size = 1 + random(12);
    const steps = Object.fromEntries(
      Array.from({ length: size }, (_, n) => [`s${n}`, randomStep(n, random)]),
    );
    return trialWorkflow(steps, {
      id: `assorted-${index}`,
      context: { index },
      limits: { concurrency: 1 },
    });
  });
}

function randomStep(n: number, random: (below: number) => number): TrialStep {
  const after = Array.from({ length: n }, (_, earlier) => `s${earlier}`).filter(
    () => random(n + 1) < 2,
  );
  const isFailing = random(6) === 0;
  const failures = random(3);
  // Without a delay, so that the next attempt is due in the same turn.
  const retry = { max: 2, backoff: 0, jitter: "none" };
  return {
    after,
    echo: random(3) === 0,
    ...(isFailing && { failUntil: 1 + failures * 2 }),
    keys: {
      ...(isFailing && failures > 0 && { retry }),
      ...(random(3) === 0 && { continueOnError: true }),
      ...(random(4) === 0 && { parallel: false }),
      ...(random(5) === 0 && { checkpoint: `after-${n}` }),
    },
  };
}

/** Whole numbers from 0 to below a limit; the same for the same seed (Lehmer's generator). */
function randomNumbers(seed: number): (below: number) => number {
  let state = (seed * 7919) % 2_147_483_647;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * below);
  };
}
