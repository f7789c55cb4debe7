import type { StepDefinition } from "@automatosx/schemas";
import { randomTree, treeAgents } from "../core/TreePlan.js";
import type { SeededRandom } from "../SeededRandom.js";
import { textHash } from "../text-hash.js";
import { sortedJson } from "./sorted-json.js";
import {
  answerOfAttached,
  randomBudget,
  randomHandlers,
  randomTotals,
  randomWaitingKeys,
  type WaitingKeys,
} from "./waiting-steps.js";
import { variantsOf } from "./workflow-variants.js";
import { readWorkflow, type SimulatedWorkflow } from "./workflows.js";

/** What the agents of these workflows answer. */
const ANSWER = {
  type: "object",
  required: ["ok", "n", "items"],
  properties: {
    ok: { type: "boolean" },
    n: { type: "number" },
    items: {
      type: "array",
      items: { type: "object", required: ["id"], properties: { id: { type: "string" } } },
    },
  },
} as const;

/**
 * A workflow with conditions, modes of dependencies, inner steps, items, rounds and chosen agents;
 * if it waits, also with gates, signals, sleeps, checks, effects, agents that take over, and
 * handlers.
 */
export function languageWorkflow(
  random: SeededRandom,
  { waits = false }: { readonly waits?: boolean } = {},
): SimulatedWorkflow {
  const steps = randomTree(random, { maxTemplates: 6, isChecked: true });
  const keys = waits ? randomWaitingKeys(random, steps) : new Map();
  const totals = waits ? randomTotals(random, steps) : new Map();
  const written = {
    id: "simulated",
    limits: {
      ...(random.chance(0.4) && { concurrency: random.between(1, 3) }),
      ...(waits && random.chance(0.3) && { agents: { x: { rate: "2/s" } } }),
    },
    ...writtenList(steps, { keys, totals }),
    ...(waits && random.chance(0.5) && handlers(random)),
    ...(waits && random.chance(0.3) && { budget: randomBudget(random) }),
  };
  const agents = treeAgents(random.below(1_000_000), 0);
  const workflow = readWorkflow({ text: JSON.stringify(written), format: "json" });
  return {
    ...workflow,
    variants: variantsOf(random, workflow.prepared, JSON.stringify(written)),
    answer: (path, previousResults, { restores }) =>
      answerOfAttached(path, textHash(path)) ?? {
        ...(agents.resultOf(path) as object),
        given: textHash(sortedJson(previousResults)).toString(16),
        ...(restores > 0 && { restores }),
      },
  };
}

function handlers(random: SeededRandom): object {
  const on = randomHandlers(random);
  return Object.keys(on).length === 0 ? {} : { on };
}

/** What is written for steps beside what their trees say, by their ids. */
interface MoreKeys {
  readonly keys: WaitingKeys;
  readonly totals: ReadonlyMap<string, number>;
}

/** A list of steps as a file has it. */
function writtenList(steps: readonly StepDefinition[], more: MoreKeys) {
  const isListed = steps.some(({ joins = {} }) => Object.values(joins).includes("listed"));
  return {
    steps: steps.map((step) => writtenStep(step, isListed, more)),
    ...(isListed && { order: "listed" }),
  };
}

function writtenStep(step: StepDefinition, isListed: boolean, more: MoreKeys): object {
  const total = more.totals.get(step.id);
  const { id, join, if: condition, foreach, loop, steps, continueOnError } = step;
  return {
    id,
    ...(!isListed && { dependencies: step.dependencies.map((other) => edge(step, other)) }),
    ...(!isListed && join !== undefined && { join }),
    ...(condition !== undefined && { if: condition }),
    ...(continueOnError && { continueOnError }),
    ...(foreach !== undefined && { foreach }),
    ...(loop !== undefined && { loop: writtenLoop(loop) }),
    ...(step.outputs !== undefined && { outputs: step.outputs }),
    ...(steps === undefined ? writtenLeaf(step, more) : writtenList(steps, more)),
    ...(total !== undefined && steps !== undefined && { timeout: { total } }),
  };
}

// Under `any`, an edge that says nothing is not `ok`.
function edge({ join, joins = {} }: StepDefinition, id: string): unknown {
  const mode = (Object.hasOwn(joins, id) ? joins[id] : undefined) ?? (join && "ok");
  return mode === undefined ? id : { [id]: mode };
}

const writtenLoop = ({ everyMs, ...loop }: NonNullable<StepDefinition["loop"]>): object => ({
  ...loop,
  ...(everyMs !== undefined && { every: everyMs }),
});

function writtenLeaf(
  { id, agentId, choice, timeout, retries, parallel, reasks }: StepDefinition,
  { keys, totals }: MoreKeys,
): object {
  const waiting = keys.get(id);
  const total = totals.get(id);
  const attempt = Math.max(400, timeout ?? 0);
  if (waiting?.isWhole === true) return waiting.keys;
  return {
    agentId: choice ?? agentId,
    task: `do ${id}`,
    parallel,
    timeout: total === undefined ? attempt : { attempt, total },
    retry: { max: retries, backoff: 100, jitter: "full" },
    output: ANSWER,
    ...(reasks !== undefined && { reasks }),
    ...waiting?.keys,
  };
}
