import { SeededRandom } from "../SeededRandom.js";
import { languageWorkflow } from "./language-workflows.js";
import { variantsOf } from "./workflow-variants.js";
import { readWorkflow, type SimulatedWorkflow } from "./workflows.js";

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

/**
 * One in this many workflows has conditions, inner steps, items and rounds; another one also waits
 * for people and signals.
 */
const SHAPES_PER_TREE = 4;
const WAITING = 2;

function workflowOfShape(shape: number): SimulatedWorkflow {
  const random = new SeededRandom(shape);
  const kind = shape % SHAPES_PER_TREE;
  if (kind === 0) return languageWorkflow(random);
  return kind === WAITING ? languageWorkflow(random, { waits: true }) : makeWorkflow(random);
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
  const workflow = readWorkflow({ text: JSON.stringify(written), format: "json" });
  return { ...workflow, variants: variantsOf(random, workflow.prepared, JSON.stringify(written)) };
}
