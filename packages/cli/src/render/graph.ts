import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import type { DependencyGraph } from "@automatosx/workflow";
import type { ShownStep } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { innerPath } from "../step-path.js";
import { performerOf, ruleOf } from "./step-words.js";

type Status = ShownStep["status"];

/** A step to draw, with its `status` if the graph is of a run. */
export type GraphStep = Pick<StepDefinition, "id" | "name" | "agentId"> &
  Partial<StepDefinition> & {
    readonly status?: Status;
    /** How far what is inside the step has come. */
    readonly progress?: string;
  };

type Edges = Pick<DependencyGraph, "edges">;

const COLOURS: Readonly<Record<Status, string>> = {
  pending: "#e5e7eb",
  ready: "#cffafe",
  waiting: "#fef3c7",
  running: "#a5f3fc",
  open: "#a5f3fc",
  unknown: "#fef3c7",
  completed: "#bbf7d0",
  failed: "#fecaca",
  skipped: "#f3f4f6",
  cancelled: "#fed7aa",
  interrupted: "#fed7aa",
};

/** A step as it is drawn, with the steps inside it. */
interface Node {
  readonly path: string;
  /** The name of its node. A path may contain characters that Mermaid would interpret. */
  readonly key: string;
  readonly label: readonly string[];
  readonly status: Status | undefined;
  readonly inner: readonly Node[];
}

/** An edge, with the mode of the dependency unless it is `ok`. */
interface Edge {
  readonly from: Node;
  readonly to: Node;
  readonly mode: string | undefined;
}

interface Drawing {
  readonly roots: readonly Node[];
  /** Every step, by its path. */
  readonly nodes: ReadonlyMap<string, Node>;
  readonly edges: readonly Edge[];
}

/** The handlers of a workflow as two boxes, which nothing leads to. */
export function handlerGroups({ on = {} }: Pick<WorkflowDefinition, "on">): GraphStep[] {
  const { failure = [], always = [] } = on;
  return (
    [
      [":failure", "on.failure", failure],
      [":always", "on.always", always],
    ] as const
  ).flatMap(([id, name, steps]) =>
    steps.length === 0 ? [] : [{ id, name, agentId: "", steps: [...steps] }],
  );
}

/**
 * The graph in Mermaid. A step with others inside is a box around them. In a run, `stepAt` returns
 * the step at a path.
 */
export function mermaid(
  steps: readonly GraphStep[],
  graph: Edges,
  stepAt?: (path: string) => GraphStep | undefined,
): string {
  const { roots, nodes, edges } = drawingOf(steps, graph, stepAt);
  const lines = ["flowchart TD"];
  const draw = ({ key, label, status, inner }: Node, indent: string): void => {
    const text = label.map(mermaidText).join("<br/>");
    if (inner.length === 0) {
      lines.push(`${indent}${key}["${text}"]${status === undefined ? "" : `:::${status}`}`);
      return;
    }
    lines.push(`${indent}subgraph ${key}["${text}"]`);
    for (const node of inner) draw(node, `${indent}  `);
    lines.push(`${indent}end`);
  };
  for (const node of roots) draw(node, "  ");
  for (const { from, to, mode } of edges)
    lines.push(`  ${from.key} -->${mode === undefined ? "" : `|${mode}|`} ${to.key}`);
  const boxes = [...nodes.values()].filter(({ inner }) => inner.length > 0);
  for (const { key, status } of boxes)
    if (status !== undefined) lines.push(`  class ${key} ${status}`);
  for (const status of usedStatuses([...nodes.values()]))
    lines.push(`  classDef ${status} fill:${COLOURS[status]},stroke:#374151,color:#111827`);
  return `${lines.join("\n")}\n`;
}

/** The graph in Graphviz's DOT language. A step with others inside is a cluster. */
export function dot(
  steps: readonly GraphStep[],
  graph: Edges,
  stepAt?: (path: string) => GraphStep | undefined,
): string {
  const { roots, nodes, edges } = drawingOf(steps, graph, stepAt);
  const lines = [
    "digraph workflow {",
    '  node [shape=box, style="rounded,filled", fillcolor="#ffffff"];',
  ];
  if ([...nodes.values()].some(({ inner }) => inner.length > 0)) lines.push("  compound=true;");
  const draw = ({ path, key, label, status, inner }: Node, indent: string): void => {
    const text = label.map(dotEscape).join("\\n");
    const fill = status === undefined ? "" : `, fillcolor="${COLOURS[status]}"`;
    if (inner.length === 0) {
      lines.push(`${indent}${dotText(path)} [label="${text}"${fill}];`);
      return;
    }
    const style = status === undefined ? "" : ` bgcolor="${COLOURS[status]}";`;
    lines.push(`${indent}subgraph cluster_${key} {`, `${indent}  label="${text}";${style}`);
    for (const node of inner) draw(node, `${indent}  `);
    lines.push(`${indent}}`);
  };
  for (const node of roots) draw(node, "  ");
  for (const edge of edges) lines.push(`  ${dotEdge(edge)};`);
  return `${lines.join("\n")}\n}\n`;
}

// An edge of a cluster ends at a node in it, and is cut off at its border.
function dotEdge({ from, to, mode }: Edge): string {
  const [tail, head] = [leafOf(from), leafOf(to)];
  const attributes = [
    ...(mode === undefined ? [] : [`label="${mode}"`]),
    ...(tail === from ? [] : [`ltail=cluster_${from.key}`]),
    ...(head === to ? [] : [`lhead=cluster_${to.key}`]),
  ];
  const list = attributes.length === 0 ? "" : ` [${attributes.join(", ")}]`;
  return `${dotText(tail.path)} -> ${dotText(head.path)}${list}`;
}

function leafOf(node: Node): Node {
  const [first] = node.inner;
  return first === undefined ? node : leafOf(first);
}

function drawingOf(
  steps: readonly GraphStep[],
  { edges: rootEdges }: Edges,
  stepAt: (path: string) => GraphStep | undefined = () => undefined,
): Drawing {
  const nodes = new Map<string, Node>();
  const edges: Edge[] = [];
  const connect = (from: string, to: string, mode: string | undefined): void => {
    const [tail, head] = [nodes.get(from), nodes.get(to)];
    if (tail !== undefined && head !== undefined) edges.push({ from: tail, to: head, mode });
  };
  let count = 0;
  const add = (step: GraphStep, path: string): Node => {
    const key = `s${count}`;
    count += 1;
    const innerSteps = step.steps ?? [];
    const inner = innerSteps.map((each) => {
      const at = innerPath(path, each.id);
      return add({ ...each, ...statusAt(stepAt(at)) }, at);
    });
    const node = { path, key, label: labelOf(step), status: step.status, inner };
    nodes.set(path, node);
    for (const { id, dependencies, joins } of innerSteps)
      for (const other of dependencies)
        connect(innerPath(path, other), innerPath(path, id), joins?.[other]);
    return node;
  };
  const roots = steps.map((step) => add(step, step.id));
  const joinsOf = new Map(steps.map(({ id, joins }) => [id, joins]));
  const inner = edges.splice(0, edges.length);
  for (const [from, to] of rootEdges) connect(from, to, joinsOf.get(to)?.[from]);
  return { roots, nodes, edges: [...edges, ...inner] };
}

function statusAt(step: GraphStep | undefined): Pick<GraphStep, "status"> {
  return step?.status === undefined ? {} : { status: step.status };
}

// Write the status as text too, because many people cannot tell colours apart.
function labelOf(step: GraphStep): string[] {
  const { id, name, status, progress } = step;
  // The path of the handlers begins with a colon.
  const isNamed = name === id || id.startsWith(":");
  const title = isNamed ? name : `${id}: ${name}`;
  const lines = [cleanLine(title), performerOf(step), ruleOf(step)];
  return [...lines, status ?? "", progress ?? ""].filter((line) => line !== "");
}

function usedStatuses(steps: readonly { readonly status: Status | undefined }[]): Status[] {
  return [...new Set(steps.flatMap(({ status }) => status ?? []))].sort();
}

function mermaidText(text: string): string {
  return text.replace(/[&"<>#;`]/g, (char) => `#${char.charCodeAt(0)};`);
}

function dotText(text: string): string {
  return `"${dotEscape(cleanLine(text))}"`;
}

function dotEscape(text: string): string {
  return text.replace(/["\\]/g, (char) => `\\${char}`);
}
