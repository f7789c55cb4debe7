import type { StepAnswer } from "@automatosx/workflow";
import type { Instance } from "../language/index.js";
import { mustBeExpected } from "./expected-errors.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import type { WorldView } from "./world-view.js";

/**
 * Somebody answers what a run waits for, one by one: gates, signals and unknown effects. The run is
 * not resumed by that. A few answers are wrong, given twice, or about an older question.
 */
export async function answerAll(
  world: WorldView,
  run: SimulatedRun,
  process: SimulatedProcess,
): Promise<void> {
  for (const instance of run.model.waitsFor.slice()) {
    if (process.isDead || run.id === undefined) return;
    try {
      await answerOne(world, run.id, instance, process);
      world.log(`somebody answers ${instance.path} of ${run.name}`);
    } catch (error) {
      mustBeExpected(world, error, `an answer to ${instance.path} of ${run.name}`);
    }
  }
}

async function answerOne(
  world: WorldView,
  runId: string,
  { path, status, signal, attemptNumber }: Instance,
  { engine }: SimulatedProcess,
): Promise<void> {
  const stays = { resume: false };
  const { random } = world;
  if (signal !== undefined) {
    const signalId = random.chance(0.5) ? { signalId: `${path}/${attemptNumber}` } : {};
    await engine?.signal(runId, signal, { data: { ok: true, n: 1 }, ...signalId }, stays);
    return;
  }
  const isOlder = random.chance(0.1);
  const answer: StepAnswer =
    status === "unknown"
      ? { done: random.chance(0.7), result: { ok: true, n: 1, items: [] } }
      : gateAnswer(world);
  const newest = { ...answer, attemptNumber };
  if (isOlder && attemptNumber > 1)
    await engine?.answer(runId, path, { ...answer, attemptNumber: attemptNumber - 1 }, stays);
  await engine?.answer(runId, path, newest, stays);
  if (random.chance(0.1)) await engine?.answer(runId, path, newest, stays);
}

function gateAnswer({ random }: WorldView): StepAnswer {
  if (random.chance(0.3)) return { approved: false, note: "no" };
  const values = { ok: random.chance(0.5), n: random.below(5) };
  return { approved: true, values: random.chance(0.1) ? { ...values, n: "three" } : values };
}
