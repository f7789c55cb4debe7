import {
  buildDependencyGraph,
  type DependencyGraph,
  type StepDef,
} from "@automatosx/rescript-core";
import type { SeededRandom } from "../SeededRandom.js";

/** What a run may be amended to. */
export interface Variant {
  readonly defs: readonly StepDef[];
  readonly graph: DependencyGraph;
  /** Absent where the inputs stay what they are. */
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** The first is the workflow as it was; each other one differs from it in a few places. */
export function randomVariants(random: SeededRandom, defs: readonly StepDef[]): Variant[] {
  const variants: Variant[] = [variantOf(defs, random.chance(0.5) ? { v: 1 } : undefined)];
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const changer = new Changer(random);
    let changed = [...defs];
    for (let change = random.between(1, 2); change > 0; change -= 1)
      changed = changer.change(changed);
    variants.push(variantOf(changed, random.chance(0.2) ? { v: random.below(3) } : undefined));
  }
  return variants;
}

export function variantOf(defs: readonly StepDef[], inputs?: Variant["inputs"]): Variant {
  const built = buildDependencyGraph(defs.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!built.ok) throw new Error(`The steps form no graph: ${JSON.stringify(built.problems)}`);
  return { defs, graph: built.graph, ...(inputs !== undefined && { inputs }) };
}

const isAgent = ({ agentId, steps }: StepDef): boolean =>
  steps === undefined && (!agentId.startsWith("@") || agentId === "@choice");

/** Changes one thing in a workflow. */
class Changer {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Changes a list of steps, or one of the lists inside it. */
  change(steps: readonly StepDef[]): StepDef[] {
    const random = this.#random;
    const groups = steps.filter((step) => step.steps !== undefined);
    if (groups.length > 0 && random.chance(0.5)) {
      const group = random.pick(groups);
      const inner = this.change(group.steps ?? []);
      return steps.map((step) => (step === group ? { ...step, steps: inner } : step));
    }
    const last = steps.filter(({ id }) => isLast(id, steps));
    const kind = random.below(10);
    if (kind === 0) return [...steps, this.#added(steps)];
    if (kind === 1 && steps.length > 1 && last.length > 0) return without(random.pick(last), steps);
    if (kind === 2 && steps.every(({ joins = {} }) => !Object.values(joins).includes("listed")))
      return steps.toReversed();
    if (kind === 3 && last.length > 0) return renamed(random.pick(last), steps);
    const chosen = random.pick(steps);
    return steps.map((step) => (step === chosen ? this.#changed(step) : step));
  }

  #added(steps: readonly StepDef[]): StepDef {
    const random = this.#random;
    const before = steps.filter(({ stop }) => stop === undefined && random.chance(0.4));
    let number = steps.length;
    while (steps.some(({ id }) => id === `n${number}`)) number += 1;
    return {
      id: `n${number}-${random.below(1000)}`,
      name: "added",
      agentId: random.pick(["x", "y", "z"]),
      task: "a new step",
      dependencies: before.map(({ id }) => id),
      parallel: true,
      retries: 1,
      continueOnError: random.chance(0.3),
      timeout: 1 + random.below(2000),
      output: { type: "object" },
      retry: { initialDelayMs: 300, factor: 2, maxDelayMs: 1500, jitter: "none" },
    };
  }

  #changed(step: StepDef): StepDef {
    const random = this.#random;
    const { foreach, gate, wait } = step;
    if (foreach !== undefined && Array.isArray(foreach.in) && random.chance(0.7)) {
      const more = foreach.in.includes("more") ? foreach.in : [...foreach.in, "more"];
      const list = random.pick([foreach.in.toReversed(), foreach.in.slice(1), more]);
      return { ...step, foreach: { ...foreach, in: list } };
    }
    if (gate !== undefined) {
      const expiry = { ...gate, expiresMs: random.between(500, 5000) };
      return { ...step, gate: random.pick([{ ...gate, ask: "Once more?" }, expiry]) };
    }
    if (wait?.forMs !== undefined) return { ...step, wait: { forMs: random.between(1, 2000) } };
    if (wait?.signal !== undefined)
      return { ...step, wait: { ...wait, timeoutMs: random.between(500, 5000) } };
    if (isAgent(step)) return { ...step, ...this.#asked(step) };
    return { ...step, totalTimeout: random.between(300, 6000) };
  }

  /** Another request, or what plays no part in it. */
  #asked(step: StepDef): Partial<StepDef> {
    const random = this.#random;
    switch (random.below(8)) {
      case 0:
        return { retries: step.retries + 1, parallel: !step.parallel };
      case 1:
        return { timeout: 1 + random.below(2000), name: "renamed" };
      case 2:
        return { output: { type: "object", required: ["n"] } };
      case 3:
        return { with: { level: random.below(3), v: "${{ inputs.v }}" } };
      case 4:
        return step.choice === undefined && step.session === undefined ? { agentId: "y" } : {};
      case 5:
        return { totalTimeout: random.between(1000, 9000) };
      default:
        return { task: `${step.task} (${random.below(3)})` };
    }
  }
}

/** True if nothing else names a step. */
const isLast = (id: string, steps: readonly StepDef[]): boolean =>
  !JSON.stringify(steps.map(({ id: _, name: __, ...rest }) => rest)).match(`\\b${id}\\b`);

const without = (gone: StepDef, steps: readonly StepDef[]): StepDef[] =>
  steps.filter((step) => step !== gone);

const renamed = (one: StepDef, steps: readonly StepDef[]): StepDef[] =>
  steps.map((step) => (step === one ? { ...step, id: `${step.id}-b` } : step));
