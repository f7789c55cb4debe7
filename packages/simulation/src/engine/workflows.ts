import { type PreparedWorkflow, prepareWorkflow } from "@automatosx/workflow";
import { SeededRandom } from "../SeededRandom.js";
import type { Answer } from "./answer.js";
import { cannedAnswer, cannedContext, cannedInputs } from "./canned-answers.js";
import { languageWorkflow } from "./language-workflows.js";

/** The text of a workflow file. */
export interface WorkflowText {
  readonly text: string;
  readonly format: "yaml" | "json";
}

/** A workflow with everything needed to run it without real agents. */
export interface SimulatedWorkflow {
  readonly prepared: PreparedWorkflow;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly answer: Answer;
}

const LETTERS = ["a", "b", "c", "d", "e", "f"] as const;
const AGENTS = ["red", "green"] as const;

/** Neighbouring seeds share a workflow, since preparing one costs as much as running it. */
const SEEDS_PER_WORKFLOW = 8;

let last: { readonly shape: number; readonly workflow: SimulatedWorkflow } | undefined;

/** The workflow generated from a seed. */
export function workflowOfSeed(seed: number): SimulatedWorkflow {
  const shape = Math.floor(seed / SEEDS_PER_WORKFLOW);
  if (last?.shape !== shape) last = { shape, workflow: workflowOfShape(shape) };
  return last.workflow;
}

/** One in this many workflows has conditions, inner steps, items and rounds. */
const SHAPES_PER_TREE = 4;

function workflowOfShape(shape: number): SimulatedWorkflow {
  const random = new SeededRandom(shape);
  return shape % SHAPES_PER_TREE === 0 ? languageWorkflow(random) : makeWorkflow(random);
}

/** A small workflow: two to six steps that vary every property that affects scheduling. */
function makeWorkflow(random: SeededRandom): SimulatedWorkflow {
  const ids = LETTERS.slice(0, random.between(2, LETTERS.length));
  // Some workflows take minutes, so that leases must be renewed.
  const pace = random.chance(0.25) ? 60 : 1;
  const density = random.pick([0.2, 0.5, 0.8]);
  const written = {
    id: "simulated",
    name: "simulated",
    limits: {
      ...(random.chance(0.4) && { concurrency: random.between(1, 3) }),
      ...(random.chance(0.2) && { agents: { red: { concurrency: 1 } } }),
    },
    steps: ids.map((id, index) => ({
      id,
      agentId: random.pick(AGENTS),
      task: `do ${id}`,
      dependencies: ids.slice(0, index).filter(() => random.chance(density)),
      parallel: !random.chance(0.15),
      timeout: random.between(400, 2000) * pace,
      continueOnError: random.chance(0.15),
      retry: {
        max: random.between(0, 2),
        backoff: random.between(0, 300),
        jitter: random.pick(["full", "none"] as const),
      },
      ...(random.chance(0.1) && { checkpoint: `after-${id}` }),
    })),
  };
  return readWorkflow(JSON.stringify(written), "json");
}

/**
 * A file's workflow, with made-up values for inputs and context that have no default. Throws
 * `invalid_definition`.
 */
export function readWorkflow(text: string, format: "yaml" | "json"): SimulatedWorkflow {
  const prepared = prepareWorkflow(text, { format });
  const { definition } = prepared;
  return {
    prepared,
    inputs: cannedInputs(definition),
    context: cannedContext(definition),
    answer: cannedAnswer(definition),
  };
}
