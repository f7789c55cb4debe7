import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import type { GraphLayout } from "../api/run.schema.js";

/** What a node stands for. */
type NodeKind = GraphLayout["nodes"][number]["kind"];

/** A step to draw, with the room that it takes. */
export interface GraphNode {
  readonly step: string;
  readonly kind: NodeKind;
  readonly width: number;
  readonly height: number;
  /** The room above it, and the same below. */
  readonly margin: number;
}

/** The steps of a workflow itself, and what each waits for, by the indexes of the nodes. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** The nodes of the handlers, which nothing leads to. */
  readonly handlers: readonly GraphNode[];
}

export const NODE_WIDTH = 160;
const NODE_HEIGHT = 44;
/** A fan-out shows its items as cells below its name. */
const FOREACH_HEIGHT = 88;
/** Behind a fan-out, its pile stands out. */
const PILE_HEIGHT = 8;

/** The height of a node with the room around it. */
export function roomOf({ height, margin }: GraphNode): number {
  return height + 2 * margin;
}

/**
 * Returns the graph of a definition. A step with others inside is one node. The handlers of a
 * workflow are one node for each list, `:failure` and `:always`.
 */
export function graphOf({ steps, on = {} }: WorkflowDefinition): Graph {
  const indexes = new Map(steps.map(({ id }, index) => [id, index]));
  const edges = steps.flatMap(({ dependencies }, to) =>
    [...new Set(dependencies)].flatMap((id): (readonly [number, number])[] => {
      const from = indexes.get(id);
      return from === undefined ? [] : [[from, to]];
    }),
  );
  const handlers = (["failure", "always"] as const).flatMap((name) =>
    on[name] === undefined || on[name].length === 0 ? [] : [nodeOf(`:${name}`, "group")],
  );
  return { nodes: steps.map((step) => nodeOf(step.id, kindOf(step))), edges, handlers };
}

function nodeOf(step: string, kind: NodeKind): GraphNode {
  const isPile = kind === "foreach";
  return {
    ...{ step, kind, width: NODE_WIDTH },
    height: isPile ? FOREACH_HEIGHT : NODE_HEIGHT,
    margin: isPile ? PILE_HEIGHT : 0,
  };
}

function kindOf(step: StepDefinition): NodeKind {
  if (step.foreach !== undefined) return "foreach";
  if (step.loop !== undefined) return "loop";
  if (step.steps !== undefined || step.module !== undefined) return "group";
  if (step.workflow !== undefined) return "workflow";
  if (step.gate !== undefined) return "gate";
  return step.wait === undefined ? "step" : "wait";
}
