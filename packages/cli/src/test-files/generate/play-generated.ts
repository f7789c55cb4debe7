import type { PreparedWorkflow } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import type { OpenQuestion } from "@automatosx/workflow/observe";
import type { Action, Case } from "../Case.js";
import type { Mismatch } from "../compare.js";
import type { Coverage } from "../coverage/Coverage.js";
import type { RunFacts } from "../RunFacts.js";
import { Stage } from "../Stage.js";
import type { GeneratedAnswer } from "./Generator.js";
import { generatedStart } from "./generated-start.js";

/** How often a run may pause for answers before it counts as one that does not end. */
const MAX_PAUSES = 500;

/** A seed with which a workflow breaks a promise. */
export interface BrokenSeed {
  readonly seed: number;
  readonly mismatches: readonly Mismatch[];
  /** What the agents answered, oldest first. */
  readonly answers: readonly GeneratedAnswer[];
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The reasons of failures that answers can cause without any mistake in the workflow. */
const EXPECTED_REASONS: ReadonlySet<string> = new Set([
  "check",
  "inner",
  "rejected",
  "rounds",
  "timeout",
  "unknown",
]);

/** How a workflow went with the answers of one seed. */
export type PlayedSeed =
  | { readonly broken: BrokenSeed }
  /** No promise was broken. The case repeats what happened, action by action. */
  | { readonly broken?: undefined; readonly repeats: Case };

/**
 * Plays a workflow whose agents, people and programs answer with generated values, once. A promise
 * is broken if an expression fails, the run does not end, or its outputs cannot be worked out.
 */
export async function playSeed(
  workflow: PreparedWorkflow,
  one: Case,
  {
    directory,
    seed,
    coverage,
  }: {
    readonly directory: string;
    readonly seed: number;
    readonly coverage?: Coverage | undefined;
  },
): Promise<PlayedSeed> {
  const start = generatedStart(workflow, seed);
  const started = { ...one, ...start, seed, isGenerated: true };
  using stage = new Stage(started, directory);
  const actions: Action[] = [];
  const mismatches: Mismatch[] = [];
  try {
    await playToEnd(stage, workflow, actions);
    coverage?.add(one.workflow, workflow.definition, stage.events());
    const facts = stage.facts();
    if (facts !== undefined) mismatches.push(...brokenPromises(facts));
  } catch (error) {
    mismatches.push({ at: "run", expected: "a run that ends", found: messageOf(error) });
  }
  if (mismatches.length === 0) return { repeats: { ...started, actions } };
  const { answers } = stage.cast.generator;
  return { broken: { seed, mismatches, answers, inputs: start.inputs } };
}

/** Adds what happens to `actions`. */
async function playToEnd(
  stage: Stage,
  workflow: PreparedWorkflow,
  actions: Action[],
): Promise<void> {
  const perform = async (action: Action): Promise<void> => {
    actions.push(action);
    await stage.perform(action, workflow);
  };
  await perform({ run: true });
  for (let pauses = 0; pauses < MAX_PAUSES; pauses += 1) {
    const facts = stage.facts();
    // Nothing can be generated that raises a budget: the pause is how such a run ends.
    if (facts?.status !== "paused" || facts.pausedFor === "budget") return;
    const [question] = stage.questions();
    if (question === undefined) throw new Error("the run is paused and waits for nothing");
    await perform(await answerTo(stage, question, pauses));
    await perform({ resume: true });
  }
  throw new Error(`the run has paused ${MAX_PAUSES} times`);
}

/** Returns the action that gives the run what it waits for. */
async function answerTo(stage: Stage, question: OpenQuestion, number: number): Promise<Action> {
  const { generator } = stage.cast;
  const { stepId, kind, form, signal } = question;
  const place = `${stepId}?${number}`;
  if (kind === "signal")
    return { signal: { name: signal ?? "", data: await generator.fill(form, stepId, place) } };
  if (kind === "unknown") return { answer: { step: stepId, values: { done: false } } };
  const approved = generator.pick([true, true, false], place);
  if (!approved) return { answer: { step: stepId, approved: false } };
  const values = (await generator.fill(form, stepId, place)) as Record<string, unknown>;
  return { answer: { step: stepId, approved: true, values } };
}

function brokenPromises({ status, errorCode, error, steps }: RunFacts): Mismatch[] {
  const mismatches: Mismatch[] = [];
  const failed = [...steps].flatMap(([path, { reason }]) => (reason === undefined ? [] : [path]));
  for (const [path, { reason, error: why }] of steps) {
    // A child run that failed by one of its steps: that step is looked at by itself.
    if (reason === "error" && failed.some((inner) => inner.startsWith(`${path}.`))) continue;
    if (reason === "expression")
      mismatches.push({ at: `steps.${path}`, expected: "no expression that fails", found: why });
    else if (reason !== undefined && !EXPECTED_REASONS.has(reason))
      mismatches.push({ at: `steps.${path}`, expected: "no failure of this kind", found: why });
  }
  if (errorCode === "outputs_failed")
    mismatches.push({ at: "outputs", expected: "outputs that can be worked out", found: error });
  if (status === "running")
    mismatches.push({ at: "status", expected: "a run that ends", found: status });
  return mismatches;
}
