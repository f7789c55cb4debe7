import type { DependencyGraph } from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { ShownStep } from "./run-status.js";

type Status = ShownStep["status"];

/** A step to draw, with its `status` if the graph is of a run. */
export interface GraphStep {
  readonly id: string;
  readonly name: string;
  readonly agentId: string;
  readonly status?: Status;
}

const COLOURS: Readonly<Record<Status, string>> = {
  pending: "#e5e7eb",
  ready: "#cffafe",
  waiting: "#fef3c7",
  running: "#a5f3fc",
  open: "#a5f3fc",
  completed: "#bbf7d0",
  failed: "#fecaca",
  skipped: "#f3f4f6",
  cancelled: "#fed7aa",
  interrupted: "#fed7aa",
};

/**
 * The graph in Mermaid. Nodes are numbered because an id may contain characters that Mermaid would
 * interpret.
 */
export function mermaid(
  steps: readonly GraphStep[],
  graph: Pick<DependencyGraph, "edges">,
): string {
  const keyOf = new Map(steps.map((step, i) => [step.id, `s${i}`]));
  const lines = ["flowchart TD"];
  for (const step of steps) {
    const label = labelOf(step).map(mermaidText).join("<br/>");
    const style = step.status === undefined ? "" : `:::${step.status}`;
    lines.push(`  ${keyOf.get(step.id) ?? ""}["${label}"]${style}`);
  }
  for (const [from, to] of graph.edges)
    lines.push(`  ${keyOf.get(from) ?? ""} --> ${keyOf.get(to) ?? ""}`);
  for (const status of usedStatuses(steps))
    lines.push(`  classDef ${status} fill:${COLOURS[status]},stroke:#374151,color:#111827`);
  return `${lines.join("\n")}\n`;
}

/** The graph in Graphviz's DOT language. */
export function dot(steps: readonly GraphStep[], graph: Pick<DependencyGraph, "edges">): string {
  const lines = [
    "digraph workflow {",
    '  node [shape=box, style="rounded,filled", fillcolor="#ffffff"];',
  ];
  for (const step of steps) {
    const fill = step.status === undefined ? "" : `, fillcolor="${COLOURS[step.status]}"`;
    lines.push(
      `  ${dotText(step.id)} [label="${labelOf(step).map(dotEscape).join("\\n")}"${fill}];`,
    );
  }
  for (const [from, to] of graph.edges) lines.push(`  ${dotText(from)} -> ${dotText(to)};`);
  return `${lines.join("\n")}\n}\n`;
}

// Write the status as text too, because many people cannot tell colours apart.
function labelOf({ id, name, agentId, status }: GraphStep): string[] {
  const lines = [cleanLine(name === id ? id : `${id}: ${name}`), cleanLine(agentId)];
  return status === undefined ? lines : [...lines, status];
}

function usedStatuses(steps: readonly GraphStep[]): Status[] {
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
