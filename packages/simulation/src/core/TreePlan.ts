import type { StepDef, UsageAmounts } from "@automatosx/rescript-core";
import type { SeededRandom } from "../SeededRandom.js";
import { textHash } from "../text-hash.js";
import type { AgentFailure } from "./AgentFailure.js";

/** The agents of a workflow with inner steps, items and rounds. */
export interface TreeAgents {
  /** How the agent of a leaf fails, by the leaf's path; after the last entry, it succeeds. */
  readonly scriptOf: (path: string) => readonly AgentFailure[];
  /** What it answers when it succeeds. */
  readonly resultOf: (path: string, attemptNumber?: number) => unknown;
  /** What an attempt of it uses, and when its provider answers again; absent if never said. */
  readonly saysOf?: (path: string, attemptNumber: number) => AgentWords;
}

/** What an agent says beside its answer. */
interface AgentWords {
  readonly usage?: UsageAmounts;
  /** After a `rate_limit`: how long the provider asks to wait. */
  readonly retryAfterMs?: number;
}

const ITEMS = ["p", "q", "r"] as const;
const failureCounts = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2] as const;
const kinds: readonly AgentFailure[] = [
  "error",
  "error",
  "timeout",
  "invalid",
  "invalid_output",
  "invalid_output",
];

/** Failures that only agents of the whole language have. */
const allKinds: readonly AgentFailure[] = [
  ...kinds,
  "transient",
  "refused",
  "rate_limit",
  "rate_limit",
  "unknown",
];

/** Agents whose answers and failures depend on the path alone. */
export function treeAgents(salt: number, share: number, isWhole = false): TreeAgents {
  const known = isWhole ? allKinds : kinds;
  const results = new Map<string, unknown>();
  const hashOf = (kind: string, path: string): number => textHash(`${salt} ${kind} ${path}`);
  return {
    scriptOf: (path) => {
      const hash = hashOf("script", path);
      if ((hash % 1000) / 1000 >= share) return [];
      const count = failureCounts[hash % failureCounts.length] ?? 0;
      return Array.from(
        { length: count + 1 },
        (_, index) => known[hashOf(`failure ${index}`, path) % known.length] ?? "error",
      );
    },
    resultOf: (path, attemptNumber = 0) => {
      // Some agents of the whole language do not give the same answer again.
      const isFickle = isWhole && attemptNumber % 2 === 1 && hashOf("fickle", path) % 3 === 0;
      const place = isFickle ? `${path} again` : path;
      const same = results.get(place);
      if (same !== undefined) return same;
      const result = resultFor(path, hashOf("result", place));
      results.set(place, result);
      return result;
    },
    saysOf: (path, attemptNumber) => {
      const hash = hashOf(`words ${attemptNumber}`, path);
      return {
        ...(hash % 4 !== 0 && {
          usage: {
            ...(hash % 5 !== 0 && { usd: (hash % 7) / 20 }),
            ...(hash % 6 !== 0 && { tokens: hash % 90 }),
          },
        }),
        ...(hash % 3 === 0 && { retryAfterMs: hash % 4000 }),
      };
    },
  };
}

/** A check says whether an answer passes, and a `reconcile` whether an attempt took effect. */
function resultFor(path: string, hash: number): unknown {
  const value = { ok: hash % 3 !== 0, n: hash % 5 };
  if (/:check-\d+$/.test(path)) return { pass: hash % 4 !== 0, reason: "dull" };
  if (path.endsWith(":reconcile"))
    return [{ done: true, result: value }, { done: false }, { done: "perhaps" }][hash % 3];
  return { ...value, items: itemsOf(hash) };
}

/** Some of the items in some order; two items with one key in one of sixteen lists. */
function itemsOf(hash: number): { id: string }[] {
  const start = hash % ITEMS.length;
  const items = Array.from({ length: (hash >> 3) % 4 }, (_, index) => ({
    id: ITEMS[(start + index) % ITEMS.length] ?? "p",
  }));
  return (hash >> 6) % 16 === 0 && items[0] !== undefined ? [...items, items[0]] : items;
}

const MAX_DEPTH = 3;
const MAX_TEMPLATES = 12;

export interface TreeOptions {
  /** How many steps may be written, inner ones included. */
  readonly maxTemplates?: number;
  /** True if every expression must pass the checks that a file has to pass. */
  readonly isChecked?: boolean;
  /** True if some of its groups are included workflows. */
  readonly hasModules?: boolean;
}

/** Draws a workflow whose steps have conditions, modes, inner steps, items and rounds. */
export function randomTree(random: SeededRandom, options: TreeOptions = {}): StepDef[] {
  return new TreeMaker(random, options).list(1, []);
}

/** Draws the `outputs` of a workflow of these steps. */
export const randomOutputs = (
  random: SeededRandom,
  steps: readonly StepDef[],
): Readonly<Record<string, unknown>> => new TreeMaker(random, {}).outputs(steps);

class TreeMaker {
  readonly #random: SeededRandom;
  readonly #isChecked: boolean;
  readonly #hasModules: boolean;
  #left: number;
  #count = 0;

  constructor(
    random: SeededRandom,
    { maxTemplates = MAX_TEMPLATES, isChecked = false, hasModules = false }: TreeOptions,
  ) {
    this.#hasModules = hasModules;
    this.#random = random;
    this.#isChecked = isChecked;
    this.#left = maxTemplates;
  }

  /** The steps of one list; `around` are expressions that are true or false around it. */
  list(depth: number, around: readonly string[]): StepDef[] {
    const random = this.#random;
    const size = Math.min(this.#left, random.between(1, depth === 1 ? 6 : 3));
    const isListed = random.chance(0.15);
    const density = random.next() * 0.8;
    const steps: StepDef[] = [];
    for (let index = 0; index < size && this.#left > 0; index += 1) {
      this.#left -= 1;
      const before = steps.at(-1);
      const dependencies =
        isListed && before !== undefined
          ? [before]
          : isListed
            ? []
            : steps.filter(() => random.chance(density));
      steps.push(this.#step(depth, dependencies, isListed, around));
    }
    // Steps need not be written in dependency order, unless the list is one.
    return isListed ? steps : shuffled(steps, random);
  }

  #step(
    depth: number,
    on: readonly StepDef[],
    isListed: boolean,
    around: readonly string[],
  ): StepDef {
    const random = this.#random;
    const id = `s${this.#count}`;
    this.#count += 1;
    const leaf = this.#leaf(id, on, isListed);
    const truths = [...around, ...on.flatMap((step) => this.#truthsOf(step))];
    const isFanOut = random.chance(0.2);
    const isLoop = !isFanOut && random.chance(0.18);
    const isGroup = depth < MAX_DEPTH && this.#left > 0 && random.chance(0.3);
    const ownTruths = isFanOut ? ["index == 0"] : isLoop ? ["round == 2", "previous == null"] : [];
    const isModule = isGroup && this.#hasModules && random.chance(0.3);
    const inner = isModule ? MODULE_TRUTHS : [...truths, ...ownTruths];
    const steps = isGroup ? this.list(depth + 1, inner) : undefined;
    const outputs = steps !== undefined && random.chance(0.3) ? this.outputs(steps) : undefined;
    return {
      ...leaf,
      ...(truths.length > 0 && random.chance(0.35) && { if: this.#condition(truths) }),
      ...(isFanOut && { foreach: this.#foreach(id, on) }),
      ...(isLoop && { loop: this.#loop(id, steps, isModule) }),
      ...(steps !== undefined && { agentId: "@group", task: "", retries: 0, steps }),
      ...(isModule && { module: moduleNamed(id) }),
      ...(outputs !== undefined && { outputs }),
      ...(steps === undefined && random.chance(0.15) && this.#choice(truths)),
    };
  }

  /** What a group or a workflow of these steps says that it gives. */
  outputs(steps: readonly StepDef[]): Readonly<Record<string, unknown>> {
    const random = this.#random;
    const truth = random.pick(steps.flatMap((step) => this.#truthsOf(step)));
    const isWrong = random.chance(0.05) && !this.#isChecked;
    return { of: `\${{ ${truth} }}`, text: isWrong ? "${{ 1 / 0 }}" : `it is \${{ ${truth} }}` };
  }

  #leaf(id: string, on: readonly StepDef[], isListed: boolean): StepDef {
    const random = this.#random;
    return {
      id,
      name: id,
      agentId: random.pick(["x", "y", "z"]),
      task: "work",
      dependencies: on.map((step) => step.id),
      ...this.#modes(on, isListed),
      parallel: !random.chance(0.15),
      retries: random.below(3),
      continueOnError: random.chance(0.25),
      retry: {
        initialDelayMs: random.below(1000),
        factor: 2,
        maxDelayMs: 1500,
        jitter: random.chance(0.5) ? "full" : "none",
      },
      timeout: 1 + random.below(2000),
      output: { type: "object" },
      reasks: random.below(3),
    };
  }

  #modes(on: readonly StepDef[], isListed: boolean): Pick<StepDef, "joins" | "join"> {
    const random = this.#random;
    if (on.length === 0) return {};
    if (isListed) return { joins: Object.fromEntries(on.map(({ id }) => [id, "listed"])) };
    const isAny = random.chance(0.2);
    const joins: NonNullable<StepDef["joins"]> = {};
    for (const { id } of on)
      if (random.chance(isAny ? 0.8 : 0.3)) joins[id] = random.pick(["done", "ok-or-skipped"]);
    if (Object.keys(joins).length === 0) return {};
    return { joins, ...(isAny && { join: "any" as const }) };
  }

  /** Expressions about a step that are true or false however it ended. */
  #truthsOf({ id, steps, foreach, loop }: StepDef): string[] {
    const status = `steps.${id}.status == 'completed'`;
    if (foreach !== undefined) return [status, `size(default(steps.${id}.output, [])) > 1`];
    if (loop !== undefined) return [status, `steps.${id}.rounds > 1`];
    if (steps !== undefined) return [status];
    return [
      status,
      `default(steps.${id}.output.ok, false)`,
      `default(steps.${id}.output.n, 0) > 2`,
    ];
  }

  #condition(truths: readonly string[]): string {
    const random = this.#random;
    const truth = random.pick(truths);
    const written = random.chance(0.3) ? `!(${truth})` : truth;
    // In a few, an expression that fails where it is evaluated.
    if (random.chance(0.04) && !this.#isChecked) return `${written} && [1][round] == 1`;
    return random.chance(0.3) ? `${written} || ${random.pick(truths)}` : written;
  }

  #choice(truths: readonly string[]): Pick<StepDef, "agentId" | "choice"> {
    const random = this.#random;
    const from = truths.length > 0 ? `if(${random.pick(truths)}, 'x', 'y')` : "'z'";
    const oneOf = random.chance(0.05) && !this.#isChecked ? ["z"] : ["x", "y", "z"];
    return { agentId: "@choice", choice: { from, oneOf } };
  }

  #foreach(id: string, on: readonly StepDef[]): NonNullable<StepDef["foreach"]> {
    const random = this.#random;
    const source = on.find((step) => step.steps === undefined && step.foreach === undefined);
    // Fan-outs may stand in each other, so each names its item.
    const as = `item_${id}`;
    const concurrency = random.chance(0.4) ? { concurrency: random.between(1, 2) } : {};
    if (source === undefined || random.chance(0.3))
      return { in: random.pick([["a", "b"], [1, 2, 3], ["a"], []]), as, ...concurrency };
    return {
      in: `default(steps.${source.id}.output.items, [])`,
      key: `${as}.id`,
      as,
      ...concurrency,
    };
  }

  #loop(
    id: string,
    steps: readonly StepDef[] | undefined,
    isModule: boolean,
  ): NonNullable<StepDef["loop"]> {
    const random = this.#random;
    const leaf = steps?.find((step) => step.steps === undefined && step.foreach === undefined);
    const about = steps === undefined ? id : leaf?.id;
    const until =
      about === undefined || isModule || random.chance(0.2)
        ? "round >= 2"
        : `default(steps.${about}.output.ok, false)`;
    return {
      max: random.between(1, 3),
      ...(random.chance(0.8) && { until }),
      ...(random.chance(this.#isChecked ? 0.7 : 0.3) && { everyMs: 1 + random.below(1500) }),
      onMax: random.chance(0.5) ? "continue" : "fail",
    };
  }
}

/** What is true or false in an included workflow, which sees nothing outside it. */
const MODULE_TRUTHS = ["default(inputs.v, 0) == 1", "workflow.id == 'w'"];

const moduleNamed = (id: string): NonNullable<StepDef["module"]> => ({
  workflowId: `included-${id}`,
  name: id,
  version: "1.0.0",
  source: `./${id}.yaml`,
  inputs: { v: { required: false, default: 1 }, level: { required: false, default: 2 } },
  context: { level: 3 },
  with: {},
});

function shuffled<T>(list: readonly T[], random: SeededRandom): T[] {
  const rest = list.slice();
  return Array.from(list, () => rest.splice(random.below(rest.length), 1)).flat();
}
