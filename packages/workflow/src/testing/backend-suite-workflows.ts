import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { prepareWorkflow } from "../definition/prepare-workflow.js";
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

/**
 * Workflows with the constructs of the language, the same on every call: conditions, modes, groups,
 * fan-outs and loops. One step at a time, as above.
 */
export function assortedLanguage(count: number): readonly PreparedWorkflow[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomNumbers(index + 1001);
    const size = 2 + random(6);
    const steps = Object.fromEntries(
      Array.from({ length: size }, (_, n) => [`s${n}`, languageStep(n, random)]),
    );
    const limits = { concurrency: 1 };
    return trialWorkflow(steps, { id: `language-${index}`, limits });
  });
}

function languageStep(n: number, random: (below: number) => number): TrialStep {
  const mode = ["ok", "ok-or-skipped", "done"][random(3)];
  const dependencies = Array.from({ length: n }, (_, earlier) => `s${earlier}`)
    .filter(() => random(n + 1) < 2)
    .map((id) => ({ [id]: mode }));
  const keys = { dependencies, ...(random(4) === 0 && { if: random(2) === 0 ? "true" : "1 > 2" }) };
  const inner = (id: string, after: readonly string[] = []): object => ({
    id,
    agentId: "worker",
    task: JSON.stringify({ failUntil: random(8) === 0 ? 1 : 0 }),
    dependencies: after,
  });
  const pair = [inner("x"), inner("y", ["x"])];
  switch (random(4)) {
    case 0:
      return { keys: { ...keys, steps: pair } };
    case 1:
      return { keys: { ...keys, steps: pair, foreach: ["p", "q", "r"].slice(random(3)) } };
    case 2:
      return { keys: { ...keys, steps: pair, loop: { max: 1 + random(3) } } };
    default:
      return { keys, failUntil: random(5) === 0 ? 1 : 0 };
  }
}

/** A workflow with a step that runs another one as a run of its own, and that other one. */
export function parentAndChild(): {
  readonly parent: PreparedWorkflow;
  readonly child: PreparedWorkflow;
} {
  const base = mkdtempSync(join(tmpdir(), "axw-child-run-"));
  try {
    const look = { id: "look", agentId: "worker", task: JSON.stringify({ result: "good" }) };
    const child = {
      ...{ id: "audit", inputs: { of: "string" }, steps: [look] },
      outputs: { verdict: "${{ steps.look.output }}" },
    };
    writeFileSync(join(base, "audit.json"), JSON.stringify(child));
    const steps = [
      { id: "plan", agentId: "worker", task: JSON.stringify({ result: "plan" }) },
      {
        ...{ id: "audit", workflow: "./audit.json", dependencies: ["plan"] },
        with: { of: "${{ steps.plan.output }}" },
      },
      {
        ...{ id: "mail", agentId: "worker", dependencies: ["audit"] },
        task: JSON.stringify({ echo: true }),
      },
    ];
    const parent = prepareWorkflow({ id: "release", steps }, { base });
    const [prepared] = parent.children.values();
    if (prepared === undefined) throw new Error("the workflow has no child run");
    return { parent, child: prepared };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** Whole numbers from 0 to below a limit; the same for the same seed (Lehmer's generator). */
function randomNumbers(seed: number): (below: number) => number {
  let state = (seed * 7919) % 2_147_483_647;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * below);
  };
}
