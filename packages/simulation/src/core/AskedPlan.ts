import type { StepDef } from "@automatosx/rescript-core";
import type { SeededRandom } from "../SeededRandom.js";

/** What an instance of a step may name beside the steps that it depends on. */
type Around = readonly string[];

/**
 * Writes tasks that read results, items, rounds and inputs, so that the request of a leaf depends
 * on them; and lets some gates edit the result of an agent before them.
 */
export function withRequests(
  random: SeededRandom,
  steps: readonly StepDef[],
  around: Around = ["inputs.v"],
): StepDef[] {
  return steps.map((step) => {
    const results = step.dependencies.flatMap((id) => resultsOf(id, steps));
    const { foreach, loop, module } = step;
    const own = [
      ...(foreach === undefined ? [] : [foreach.as, "index"]),
      ...(loop === undefined ? [] : ["round", "previous"]),
    ];
    const known = [...around, ...results, ...own];
    if (step.steps !== undefined) {
      const inner = withRequests(random, step.steps, module === undefined ? known : ["inputs.v"]);
      const given = { v: `\${{ ${random.pick(known)} }}` };
      return {
        ...step,
        steps: inner,
        ...(module !== undefined && { module: { ...module, with: given } }),
      };
    }
    if (step.gate !== undefined) return { ...step, gate: shownBy(random, step, steps) };
    if (step.agentId.startsWith("@") && step.choice === undefined) return step;
    return { ...step, ...requestOf(random, known) };
  });
}

/**
 * Adds a question that shows the result of an agent, which an answer may edit, and what reads it.
 */
export function withReview(random: SeededRandom, steps: readonly StepDef[]): StepDef[] {
  const isStopped = ({ id }: StepDef): boolean => steps.some((step) => step.id === `${id}-stop`);
  const agents = steps.filter((step) => isPlainAgent(step) && !isStopped(step));
  if (agents.length === 0 || random.chance(0.5)) return [...steps];
  const { id } = random.pick(agents);
  const bare = {
    parallel: true,
    retries: 0,
    continueOnError: false,
    output: { type: "object" },
    timeout: 1000,
  };
  const gate = { ask: "Good?", form: {}, onExpire: "reject", onReject: "fail" } as const;
  return [
    ...steps,
    {
      ...bare,
      id: `${id}-review`,
      name: "review",
      agentId: "@gate",
      task: "",
      dependencies: [id],
      gate: { ...gate, editable: `steps.${id}.output` },
    },
    {
      ...bare,
      id: `${id}-use`,
      name: "use",
      agentId: "x",
      task: `use \${{ steps.${id}.output.n }}`,
      dependencies: [id],
    },
  ];
}

/** True for a step that an agent performs once. */
const isPlainAgent = ({ agentId, foreach, loop, steps, run }: StepDef): boolean =>
  !agentId.startsWith("@") && [foreach, loop, steps, run].every((part) => part === undefined);

const resultsOf = (id: string, steps: readonly StepDef[]): string[] => {
  const on = steps.find((step) => step.id === id);
  if (on === undefined || on.stop !== undefined) return [];
  return [`default(steps.${id}.output, null)`, `steps.${id}.status`];
};

function requestOf(random: SeededRandom, known: Around): Partial<StepDef> {
  if (random.chance(0.3)) return {};
  return {
    task: `work on \${{ ${random.pick(known)} }}`,
    ...(random.chance(0.3) && { with: { about: `\${{ ${random.pick(known)} }}` } }),
  };
}

function shownBy(
  random: SeededRandom,
  { gate, dependencies }: StepDef,
  steps: readonly StepDef[],
): NonNullable<StepDef["gate"]> {
  const shown = steps.filter((step) => dependencies.includes(step.id) && isPlainAgent(step));
  const { ask = "?", form = {}, onExpire = "reject", onReject = "fail", ...rest } = gate ?? {};
  const known = { ask, form, onExpire, onReject, ...rest };
  if (shown.length === 0 || random.chance(0.3)) return known;
  const { id } = random.pick(shown);
  return { ...known, editable: `steps.${id}.output`, show: { of: `\${{ steps.${id}.status }}` } };
}
