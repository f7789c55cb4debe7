import type { StepAnswer } from "@automatosx/workflow";
import type { Instance } from "../language/index.js";
import { mustBeExpected } from "./expected-errors.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import { sampleOfSchema } from "./sample-of-schema.js";
import type { WorldView } from "./world-view.js";

/**
 * Answers what a run waits for, one by one: gates, signals and unknown effects. The run is not
 * resumed by that. A few answers are wrong, given twice, or about an older question.
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
      world.log(`${process.name} answers ${instance.path} of ${run.name}`);
    } catch (error) {
      // A restore may have removed the round or the item that asked.
      if (!run.model.steps.has(instance.path)) continue;
      mustBeExpected(world, error, `an answer to ${instance.path} of ${run.name}`);
    }
  }
}

async function answerOne(
  world: WorldView,
  runId: string,
  { path, def, status, signal, attemptNumber }: Instance,
  { engine }: SimulatedProcess,
): Promise<void> {
  const stays = { resume: false };
  const { random } = world;
  if (signal !== undefined) {
    const signalId = random.chance(0.5) ? { signalId: `${path}/${attemptNumber}` } : {};
    const data = sampleOfSchema(def.wait?.form ?? ANY_SIGNAL, path);
    await engine?.signal(runId, signal, { data, ...signalId }, stays);
    return;
  }
  const isOlder = random.chance(0.1);
  const answer: StepAnswer =
    status === "unknown"
      ? { done: random.chance(0.7), result: sampleOfSchema(def.output, path) }
      : gateAnswer(world, def.gate?.form, path);
  const newest = { ...answer, attemptNumber };
  if (isOlder && attemptNumber > 1)
    await engine?.answer(runId, path, { ...answer, attemptNumber: attemptNumber - 1 }, stays);
  await engine?.answer(runId, path, newest, stays);
  if (random.chance(0.1)) await engine?.answer(runId, path, newest, stays);
}

const ANY_SIGNAL = {
  type: "object",
  required: ["ok", "n"],
  properties: { ok: { type: "boolean" }, n: { type: "integer" } },
};

function gateAnswer({ random }: WorldView, form: unknown, path: string): StepAnswer {
  if (random.chance(0.3)) return { approved: false, note: "no" };
  const sample = sampleOfSchema(form, `${path} ${random.below(5)}`);
  const values = typeof sample === "object" && sample !== null ? { ...sample } : {};
  const [first] = Object.keys(values);
  const isMisfit = first !== undefined && random.chance(0.1);
  return { approved: true, values: isMisfit ? { ...values, [first]: [[null]] } : values };
}

/** Raises the budget of a run that has used it up. */
export async function raiseBudget(
  world: WorldView,
  run: SimulatedRun,
  { engine }: SimulatedProcess,
): Promise<void> {
  const { usd, tokens, launches, wallMs } = run.definition.budget ?? {};
  const { state } = run.model.spending;
  try {
    await engine?.raiseBudget(run.id ?? "", {
      ...(usd !== undefined && { usd: state.usd + 2 * usd }),
      ...(tokens !== undefined && { tokens: state.tokens + 2 * tokens }),
      ...(launches !== undefined && { launches: state.launches + 2 * launches }),
      ...(wallMs !== undefined && { wallMs: wallMs * 1000 }),
      unmetered: "allow",
    });
    world.log(`the budget of ${run.name} is raised`);
  } catch (error) {
    mustBeExpected(world, error, `another budget of ${run.name}`);
  }
}
