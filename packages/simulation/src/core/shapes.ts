import type { Handlers, StepDef } from "@automatosx/rescript-core";
import { makePlan, type Plan } from "./Plan.js";
import type { TreeAgents } from "./TreePlan.js";
import { type Variant, variantOf } from "./VariantPlan.js";

/** The shape of a workflow: for each step, the bits of the earlier steps that it depends on. */
export type Shape = readonly number[];

/**
 * Every shape of a workflow with `size` steps: each directed acyclic graph once, up to renaming of
 * its steps. Steps differ only in their dependencies, so a promise that holds for one naming holds
 * for all.
 */
export function shapesOf(size: number): Shape[] {
  const found = new Map<string, Shape>();
  const orders = permutations(size);
  const bitCount = (size * (size - 1)) / 2;
  for (let bits = 0; bits < 2 ** bitCount; bits += 1) {
    const shape = shapeFromBits(bits, size);
    const name = orders.map((order) => renamed(shape, order)).toSorted()[0] ?? "";
    if (!found.has(name)) found.set(name, shape);
  }
  return [...found.values()];
}

function shapeFromBits(bits: number, size: number): Shape {
  let left = bits;
  return Array.from({ length: size }, (_, index) => {
    const dependencies = left % 2 ** index;
    left = Math.floor(left / 2 ** index);
    return dependencies;
  });
}

function permutations(size: number): number[][] {
  if (size === 0) return [[]];
  return permutations(size - 1).flatMap((order) =>
    Array.from({ length: size }, (_, at) => order.toSpliced(at, 0, size - 1)),
  );
}

function renamed(shape: Shape, order: readonly number[]): string {
  const rows = shape.map(() => 0);
  for (const [index, bits] of shape.entries()) {
    for (let other = 0; other < index; other += 1) {
      if ((bits >> other) & 1)
        rows[order[index] ?? 0] = (rows[order[index] ?? 0] ?? 0) | (1 << (order[other] ?? 0));
    }
  }
  return rows.join();
}

/** The properties of an explored workflow besides its shape. */
export interface Traits {
  readonly policy?: Plan["policy"];
  readonly step?: Partial<Pick<StepDef, "retries" | "continueOnError" | "parallel" | "checkpoint">>;
  readonly habits?: Partial<Plan["habits"]>;
  /** One step that differs from the others: the condition, items or rounds of it. */
  readonly special?: { readonly at: number; readonly fields: Partial<StepDef> };
  readonly handlers?: Handlers;
  /** True if results are edited, steps reopened, and the workflow changed. */
  readonly isChanged?: boolean;
}

/** Agents of explored workflows with items or rounds: all leaves are alike. */
const likeAgents: TreeAgents = {
  scriptOf: () => [],
  resultOf: (path) => (path.includes(":check-") ? { pass: true } : "result"),
};

const WAITING: readonly (keyof StepDef)[] = ["gate", "check", "effect", "stop"];

/** The workflow itself, with another task in its first step, and with one more step behind that. */
function changesOf(defs: readonly StepDef[]): Variant[] {
  const [first, ...rest] = defs;
  if (first === undefined) return [];
  const { id, retries, parallel, continueOnError } = first;
  const bare = { agentId: "x", task: "add", retries, parallel, continueOnError };
  const added = { ...bare, id: "added", name: "added", dependencies: [id] };
  return [
    variantOf(defs),
    variantOf([{ ...first, task: `${first.task} again` }, ...rest]),
    variantOf([...defs, added]),
  ];
}

/** A workflow of this shape: one retry for each step and no limits, unless its traits differ. */
export function planOf(
  shape: Shape,
  { policy = {}, step, habits, special, handlers, isChanged = false }: Traits = {},
): Plan {
  const defs = shape.map((bits, index): StepDef => {
    const id = `s${index}`;
    const dependencies = Array.from({ length: index }, (_, other) => other).filter(
      (other) => (bits >> other) & 1,
    );
    return {
      id,
      name: id,
      agentId: "x",
      task: "work",
      dependencies: dependencies.map((other) => `s${other}`),
      parallel: true,
      retries: 1,
      continueOnError: false,
      retry: { initialDelayMs: 1000, factor: 2, maxDelayMs: 1000, jitter: "none" },
      ...step,
      ...(special?.at === index && special.fields),
    };
  });
  const usual = {
    deliversLate: false,
    writesLate: true,
    commitsInGroups: false,
    usesCheckpoints: false,
  };
  return makePlan(defs, {
    policy,
    scripts: defs.map(() => []),
    habits: { ...usual, ...habits },
    ...((special !== undefined || handlers !== undefined || isChanged) && { tree: likeAgents }),
    ...(isChanged && { variants: changesOf(defs) }),
    ...(handlers !== undefined && { handlers }),
    isOpenEnded:
      isChanged ||
      handlers !== undefined ||
      WAITING.some((field) => special?.fields[field] !== undefined),
    hasStop: special?.fields.stop !== undefined,
  });
}
