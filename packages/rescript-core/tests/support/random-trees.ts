import * as fc from "fast-check";
import type { StepDef } from "../../src/index.js";
import { type AttemptTrait, attemptTrait, attemptTraits } from "./attempt-traits.js";
import { step } from "./machines.js";
import type { Workflow } from "./random-workflows.js";

interface Node {
  readonly dependencies: number;
  readonly mode: "ok" | "done" | "ok-or-skipped" | "mixed";
  readonly isAny: boolean;
  readonly condition: "none" | "false" | "completed" | "settled";
  readonly kind: "leaf" | "foreach" | "loop";
  readonly leaf: "agent" | "gate" | "run" | "signal" | "sleep" | "stop";
  readonly trait: AttemptTrait;
  readonly total: number;
  readonly size: number;
  readonly concurrency: number;
  readonly continueOnError: boolean;
  readonly retries: number;
  readonly inner: readonly Node[];
}

const depthLimit = fc.createDepthIdentifier();

const nodes: fc.Arbitrary<readonly Node[]> = fc.letrec<{ list: readonly Node[]; node: Node }>(
  (tie) => ({
    node: fc.record({
      dependencies: fc.integer({ min: 0, max: 15 }),
      mode: fc.constantFrom("ok", "ok", "done", "ok-or-skipped", "mixed"),
      isAny: fc.boolean(),
      condition: fc.constantFrom("none", "none", "none", "false", "completed", "settled"),
      kind: fc.constantFrom("leaf", "leaf", "foreach", "loop"),
      leaf: fc.constantFrom("agent", "agent", "agent", "gate", "run", "signal", "sleep", "stop"),
      trait: attemptTraits,
      total: fc.integer({ min: 0, max: 5 }),
      size: fc.integer({ min: 0, max: 3 }),
      concurrency: fc.integer({ min: 1, max: 3 }),
      continueOnError: fc.boolean(),
      retries: fc.integer({ min: 0, max: 1 }),
      inner: fc.oneof(
        { depthIdentifier: depthLimit, maxDepth: 2 },
        fc.constant<readonly Node[]>([]),
        tie("list"),
      ),
    }) as fc.Arbitrary<Node>,
    list: fc.array(tie("node"), { minLength: 1, maxLength: 4, depthIdentifier: depthLimit }),
  }),
).list;

/** What the steps of a tree may have beside the other things. */
interface Traits {
  /** Gates and signals may expire. */
  readonly expires: boolean;
  /** There may be stops, total timeouts and external effects. */
  readonly ends: boolean;
}

const treesWhere = (expires: boolean): fc.Arbitrary<Workflow> =>
  nodes.map((list) => ({
    tasks: new Numbering({ expires, ends: false }).list(list).map((def) => ({ def, failures: 0 })),
    policy: { agentConcurrency: {} },
  }));

/**
 * Steps in lists up to three deep, with modes of edges, conditions, items and rounds. Some are
 * gates, waits for signals, sleeps, and child runs.
 */
export const trees: fc.Arbitrary<Workflow> = treesWhere(false);

/** The same; some gates and signals expire. */
export const expiringTrees: fc.Arbitrary<Workflow> = treesWhere(true);

const noNodes = fc.constant<readonly Node[]>([]);

/** The same steps; the checks of their answers have a total timeout. */
const withLimitedChecks = (defs: readonly StepDef[]): StepDef[] =>
  defs.map(({ steps, check, ...def }) => ({
    ...def,
    ...(steps !== undefined && { steps: withLimitedChecks(steps) }),
    ...(check !== undefined && {
      check: check.map(({ step: judge, ...other }) =>
        judge === undefined ? other : { ...other, step: { ...judge, totalTimeout: 300 } },
      ),
    }),
  }));

/**
 * The same with stops, total timeouts, external effects, and handlers. Which step ends the run
 * depends on the order of outcomes.
 */
export const endingTrees: fc.Arbitrary<Workflow> = fc
  .record({ main: nodes, failure: fc.oneof(noNodes, nodes), always: fc.oneof(noNodes, nodes) })
  .map(({ main, failure, always }) => {
    const numbering = new Numbering({ expires: true, ends: true });
    const tasks = withLimitedChecks(numbering.list(main)).map((def) => ({ def, failures: 0 }));
    // A handler may not stop the run.
    const handlers = new Numbering({ expires: false, ends: false }, "h");
    return {
      tasks,
      policy: { agentConcurrency: {} },
      handlers: { failure: handlers.list(failure), always: handlers.list(always) },
    };
  });

/** Gives each step of a tree an id of its own. */
class Numbering {
  #count = 0;
  readonly #traits: Traits;
  readonly #prefix: string;

  constructor(traits: Traits, prefix = "s") {
    this.#traits = traits;
    this.#prefix = prefix;
  }

  list(nodes: readonly Node[]): StepDef[] {
    const ids: string[] = [];
    return nodes.map((node, index) => {
      const id = `${this.#prefix}${this.#count}`;
      this.#count += 1;
      const on = ids.filter((_, other) => (node.dependencies >> other) & 1 && other < index);
      ids.push(id);
      return this.#step(id, node, on);
    });
  }

  #step(id: string, node: Node, on: readonly string[]): StepDef {
    const { kind, size, concurrency, continueOnError, retries, inner, leaf, total } = node;
    const joins = joinsOf(node, on);
    const { ends } = this.#traits;
    if (ends && leaf === "stop" && inner.length === 0) return stopOf(id, node, on, joins);
    const steps = inner.length > 0 ? this.list(inner) : undefined;
    return step(id, {
      dependencies: [...on],
      ...(ends && total > 3 && { totalTimeout: total * 150 }),
      continueOnError,
      retries: steps === undefined ? retries : 0,
      ...(Object.keys(joins).length > 0 && {
        joins,
        ...(node.isAny && { join: "any" as const }),
      }),
      ...conditionOf(node, on),
      ...(kind === "foreach" && {
        foreach: { in: ["a", "b", "c"].slice(0, size), as: "item", concurrency },
      }),
      ...(kind === "loop" && { loop: { max: Math.max(1, size), onMax: "fail" as const } }),
      ...(steps === undefined
        ? this.#waitOf(id, node, on)
        : { agentId: "@group", task: "", steps }),
    });
  }

  // What a leaf waits for; nothing if an agent performs it.
  #waitOf(id: string, node: Node, on: readonly string[]): Partial<StepDef> {
    const { leaf, size, isAny, trait } = node;
    const number = Number(id.slice(1));
    const limit = this.#traits.expires && size > 0 ? size * 300 : undefined;
    switch (leaf) {
      case "agent":
      case "stop":
        return attemptTrait(trait, id, node.kind === "loop" ? [id] : on);
      case "run":
        return {
          agentId: "@workflow",
          task: "",
          workflow: { hash: "h", workflowId: "w", with: {} },
        };
      case "sleep":
        return { agentId: "@wait", task: "", retries: 0, wait: { forMs: size * 300 } };
      case "signal":
        return {
          agentId: "@wait",
          task: "",
          retries: 0,
          wait: {
            signal: `go-${id}`,
            form: { type: "object" },
            ...(limit !== undefined && {
              timeoutMs: limit,
              onTimeout: pick(["fail", "skip", "continue"] as const, number) ?? "fail",
            }),
          },
        };
      case "gate":
        return {
          agentId: "@gate",
          task: "",
          retries: 0,
          gate: {
            ask: `${id}?`,
            form: { type: "object", properties: { n: { type: "integer" } } },
            ...(limit !== undefined && { expiresMs: limit }),
            onExpire: pick(["reject", "skip", "approve"] as const, number) ?? "reject",
            onReject: isAny ? "continue" : "fail",
          },
        };
    }
  }
}

const pick = <Value>(values: readonly Value[], number: number): Value | undefined =>
  values[number % values.length];

function stopOf(
  id: string,
  node: Node,
  on: readonly string[],
  joins: ReturnType<typeof joinsOf>,
): StepDef {
  const endings = ["completed", "failed", "cancelled"] as const;
  return step(id, {
    agentId: "@stop",
    task: "",
    dependencies: [...on],
    ...(Object.keys(joins).length > 0 && { joins }),
    ...conditionOf(node, on),
    stop: { as: pick(endings, node.size) ?? "completed", reason: `because of ${id}` },
  });
}

function joinsOf({ mode }: Node, on: readonly string[]): NonNullable<StepDef["joins"]> {
  const modes = on.map((id, index) => {
    const own = mode === "mixed" ? (["done", "ok", "ok-or-skipped"] as const)[index % 3] : mode;
    return [id, own ?? "ok"] as const;
  });
  return Object.fromEntries(
    modes.flatMap(([id, own]) => (own === "ok" ? [] : [[id, own] as const])),
  );
}

function conditionOf({ condition }: Node, on: readonly string[]): Pick<StepDef, "if"> {
  if (condition === "false") return { if: "false" };
  const [first] = on;
  if (condition === "none" || first === undefined) return {};
  const isCompleted = `steps.${first}.status == 'completed'`;
  return { if: condition === "completed" ? isCompleted : `!(${isCompleted})` };
}
