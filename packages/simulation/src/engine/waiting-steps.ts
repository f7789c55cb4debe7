import type { StepDefinition } from "@automatosx/schemas";
import type { SeededRandom } from "../SeededRandom.js";

/** What people answer, and what signals bring. */
const FORM = { ok: "boolean", n: "integer" };

const VERDICT = {
  type: "object",
  required: ["pass"],
  properties: { pass: { type: "boolean" }, reason: { type: "string" } },
};

const FOUND = {
  type: "object",
  required: ["done"],
  properties: { done: { type: "boolean" }, result: { type: "object" } },
};

/**
 * Keys of steps, by their id, that make them wait for something, take care of failures or stop the
 * run, as a file has them. A step whose keys are whole replaces what was written for an agent.
 */
export type WaitingKeys = ReadonlyMap<string, { readonly isWhole: boolean; readonly keys: object }>;

export function randomWaitingKeys(
  random: SeededRandom,
  steps: readonly StepDefinition[],
): WaitingKeys {
  const text = JSON.stringify(steps);
  const chosen = leavesOf(steps).flatMap((leaf) => {
    const keys = keysFor(random, leaf, text);
    return keys === undefined ? [] : [[leaf.id, keys] as const];
  });
  return new Map(chosen);
}

/** How long some steps may take in all, in ms, by their ids. */
export function randomTotals(
  random: SeededRandom,
  steps: readonly StepDefinition[],
): ReadonlyMap<string, number> {
  const all = (list: readonly StepDefinition[]): StepDefinition[] =>
    list.flatMap((step) => [step, ...all(step.steps ?? [])]);
  const limited = all(steps).filter(() => random.chance(0.15));
  return new Map(limited.map(({ id }) => [id, random.between(500, 20_000)]));
}

const leavesOf = (steps: readonly StepDefinition[]): StepDefinition[] =>
  steps.flatMap((step) => (step.steps === undefined ? [step] : leavesOf(step.steps)));

function keysFor(random: SeededRandom, { id }: StepDefinition, text: string) {
  const kind = random.next();
  // Nothing may read from an answer what only an agent gives, and nothing from a sleep.
  if (kind < 0.3 && !text.includes(`steps.${id}.output.items`))
    return { isWhole: true, keys: { gate: randomGate(random) } };
  if (kind < 0.45 && !text.includes(`steps.${id}.output`))
    return { isWhole: true, keys: { wait: randomWait(random, id) } };
  if (kind < 0.6)
    return {
      isWhole: false,
      keys: {
        effect: "external",
        ...(random.chance(0.5) && {
          reconcile: { agentId: "red", task: `look for ${id}`, output: FOUND },
        }),
      },
    };
  if (kind < 0.75) return { isWhole: false, keys: { check: randomChecks(random) } };
  return kind < 0.85 ? { isWhole: false, keys: { fallback: ["blue"] } } : undefined;
}

const randomGate = (random: SeededRandom): object => ({
  ask: "Release ${{ workflow.id }}?",
  form: FORM,
  ...(random.chance(0.3) && { expires: `${random.between(1, 60)}s` }),
  onExpire: random.pick(["reject", "skip"]),
  onReject: random.pick(["fail", "continue"]),
});

const randomWait = (random: SeededRandom, id: string): unknown =>
  random.chance(0.5)
    ? `${random.between(50, 3000)}ms`
    : {
        signal: `go-${id}`,
        ...(random.chance(0.3) && { timeout: `${random.between(1, 60)}s`, onTimeout: "continue" }),
      };

function randomChecks(random: SeededRandom): readonly object[] {
  const that = { that: "output.n != 3", message: "it is three" };
  const judge = { agentId: "red", task: "is it good?", output: VERDICT, timeout: 2000 };
  return random.pick([[that], [judge], [that, judge]]);
}

/** What a run may use, as a file has it. */
export const randomBudget = (random: SeededRandom): object =>
  random.pick([
    { usd: random.between(2, 20) / 100 },
    { tokens: random.between(50, 500) },
    { launches: random.between(2, 10) },
    { usd: random.between(2, 20) / 100, unmetered: "allow" },
  ]);

/** What a run does at its end, as a file has it. */
export const randomHandlers = (random: SeededRandom): object => ({
  ...(random.chance(0.6) && { failure: [{ id: "report", agentId: "red", task: "report" }] }),
  ...(random.chance(0.6) && { always: [{ id: "clean", agentId: "red", task: "clean" }] }),
});

/** Who judges an answer or looks for an effect answers by the path alone. */
export function answerOfAttached(path: string, hash: number): unknown {
  if (/:check-\d+$/.test(path)) return { pass: hash % 5 !== 0, reason: "dull" };
  return path.endsWith(":reconcile")
    ? { done: hash % 2 === 0, result: { ok: true, n: 1 } }
    : undefined;
}
