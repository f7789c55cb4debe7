import type { GraphLayout } from "@automatosx/dashboard/layout";
import { layOut } from "@automatosx/dashboard/layout";
import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { type ShownStep, type Tone, toneOf } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { cutToWidth } from "./display-width.js";
import { performerOf, ruleOf } from "./step-words.js";
import { ICONS, STYLE } from "./svg-style.js";

/** What a run adds to a drawing: the step at a path, and how far what is inside it has come. */
export interface DrawnRun {
  stepAt(path: string): ShownStep | undefined;
  progressOf(step: ShownStep): string | undefined;
  /** The statuses of the items of a fan-out. */
  itemsOf(path: string): readonly ShownStep["status"][];
}

type Node = GraphLayout["nodes"][number];

/** The words of a node: its name, and a line below it. */
interface Label {
  readonly name: string;
  /** The line below the name. */
  readonly about: string;
  /** What a node that is higher than others has below both. */
  readonly rule: string;
  readonly items: readonly ShownStep["status"][];
  readonly status: ShownStep["status"] | undefined;
}

const NO_LABEL: Label = { name: "", about: "", rule: "", items: [], status: undefined };

/** How many cells of a line fit into a node, beside its icon. */
const NAME_WIDTH = 15;
const ABOUT_WIDTH = 20;

/** The part of a node that has its name; below it a fan-out has its items. */
const NAMED_HEIGHT = 44;

/** The items that a fan-out has room for, in two rows. */
const CELLS_A_ROW = 6;
const CELL_LIMIT = 2 * CELLS_A_ROW;

/** How far the sheets of a fan-out's pile are apart, and how many there are behind the first. */
const SHEET_OFFSET = 4;
const SHEETS = [2, 1];

const HANDLERS: Readonly<Record<string, string>> = {
  ":failure": "on.failure",
  ":always": "on.always",
};

/**
 * The graph of a workflow as an SVG file, laid out as the page draws it. In a run, each node has
 * the status of its step, and a line that no step has passed is dashed. All text of the workflow is
 * text in the file.
 */
export function svg(definition: WorkflowDefinition, run?: DrawnRun): string {
  const { width, height, nodes, edges } = layOut(definition);
  const steps = new Map(definition.steps.map((step) => [step.id, step]));
  const labels = new Map(
    nodes.map(({ step }) => [step, labelOf(step, { definition, steps, run })]),
  );
  const title = `${cleanLine(definition.name)} ${cleanLine(definition.version)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ` +
      `${width} ${height}" role="img" aria-label="${xml(title)}">`,
    `<title>${xml(title)}</title>`,
    `<style>${STYLE}</style>`,
    ...edges.map((edge) => edgeOf(edge, labels)),
    ...nodes.flatMap((node) => nodeOf(node, labels.get(node.step) ?? NO_LABEL)),
    "</svg>",
    "",
  ].join("\n");
}

interface Source {
  readonly definition: WorkflowDefinition;
  readonly steps: ReadonlyMap<string, StepDefinition>;
  readonly run: DrawnRun | undefined;
}

function labelOf(path: string, { definition, steps, run }: Source): Label {
  const heading = HANDLERS[path];
  const none = { rule: "", items: [], status: undefined };
  if (heading !== undefined) {
    const list = (path === ":failure" ? definition.on?.failure : definition.on?.always) ?? [];
    return { ...none, name: heading, about: list.map(({ id }) => id).join(", ") };
  }
  const step = steps.get(path);
  const shown = run?.stepAt(path);
  if (run !== undefined && shown !== undefined) {
    const { status, note = "" } = shown;
    const about = run.progressOf(shown) ?? joined([status, note]);
    return { ...none, name: path, about, items: run.itemsOf(path), status };
  }
  if (step === undefined) return { ...none, name: path, about: "" };
  const [performer, rule] = [performerOf(step), ruleOf(step)];
  return step.foreach === undefined
    ? { ...none, name: path, about: joined([performer, rule]) }
    : { ...none, name: path, about: performer, rule };
}

function joined(parts: readonly string[], between = ", "): string {
  return parts.filter((part) => part !== "").join(between);
}

/** A line that bends only between the nodes, with its tip. */
function edgeOf(
  { from, to, points }: GraphLayout["edges"][number],
  labels: ReadonlyMap<string, Label>,
): string {
  const [source, target] = [labels.get(from)?.status, labels.get(to)?.status];
  const isOpen = source !== undefined && (source !== "completed" || target === "pending");
  const [first = [0, 0], ...rest] = points;
  const [endX, endY] = points.at(-1) ?? [0, 0];
  let [x] = first;
  let path = `M${first.join(" ")}`;
  let [, y] = first;
  for (const [nextX, nextY] of rest) {
    const middle = (x + nextX) / 2;
    path += y === nextY ? `H${nextX}` : `C${middle} ${y} ${middle} ${nextY} ${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
  }
  const kind = isOpen ? " todo" : "";
  const tip = `<path class="tip${kind}" d="m${endX} ${endY}-7 4v-8z"/>`;
  return `<path class="e${kind}" d="${path}"/>${tip}`;
}

function nodeOf({ x, y, width, height, kind }: Node, label: Label): string[] {
  const { name, about, rule, items, status } = label;
  const tone = status === undefined ? "plain" : classOf(status, toneOf(status));
  const box = (offset: number, className: string): string =>
    `<rect class="${className}" x="${x + offset}" y="${y - offset}" width="${width}" ` +
    `height="${height}" rx="8"/>`;
  const piles = kind === "foreach" ? SHEETS.map((sheet) => box(sheet * SHEET_OFFSET, "pile")) : [];
  const icon = status === undefined ? ICONS[kind] : iconOf(status, kind);
  const left = icon === undefined ? x + 12 : x + 36;
  const middle = y + NAMED_HEIGHT / 2;
  const more = [status ?? "", about, rule].map(cleanLine);
  const words = joined([cleanLine(name), joined([...new Set(more)])], ": ");
  return [
    `<g class="n ${tone}"><title>${xml(words)}</title>`,
    ...piles,
    box(0, "box"),
    ...(icon === undefined ? [] : [iconAt(icon, x + 10, middle - 8)]),
    ...lines(left, middle, [name, about]),
    ...(rule === "" ? [] : [lineAt("sub", left, middle + 29, rule)]),
    ...items.slice(0, CELL_LIMIT).map((item, index) => cellAt(item, x + 10, y + 40, index)),
    "</g>",
  ];
}

function iconAt(icon: string, x: number, y: number, scale = ""): string {
  return `<g class="i" transform="translate(${x} ${y})${scale}">${icon}</g>`;
}

/** An item of a fan-out. Its drawing is cut where the node ends. */
function cellAt(status: ShownStep["status"], left: number, top: number, index: number): string {
  const x = left + (index % CELLS_A_ROW) * 24;
  const y = top + Math.floor(index / CELLS_A_ROW) * 22;
  const icon = iconOf(status, "step");
  const drawn = icon === undefined ? "" : iconAt(icon, x + 4, y + 3, " scale(.75)");
  const tone = classOf(status, toneOf(status));
  return (
    `<g class="${tone}"><rect class="cell" x="${x}" y="${y}" width="20" height="18" ` +
    `rx="4"/>${drawn}</g>`
  );
}

function lines(x: number, middle: number, [name = "", about = ""]: readonly string[]): string[] {
  if (about === "") return [lineAt("", x, middle + 4, name)];
  return [lineAt("", x, middle - 3, name), lineAt("sub", x, middle + 13, about)];
}

function lineAt(className: "" | "sub", x: number, y: number, text: string): string {
  const shown = cutToWidth(cleanLine(text), className === "" ? NAME_WIDTH : ABOUT_WIDTH);
  const look = className === "" ? "" : ` class="${className}"`;
  return `<text${look} x="${x}" y="${y}">${xml(shown)}</text>`;
}

function classOf(status: ShownStep["status"], tone: Tone): string {
  return status === "pending" || status === "ready" ? "pend" : tone;
}

function iconOf(status: ShownStep["status"], kind: Node["kind"]): string | undefined {
  if (status === "open") return ICONS[kind === "gate" || kind === "wait" ? kind : "running"];
  return ICONS[status];
}

/** A text as XML, without the characters that XML has no way to write. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
