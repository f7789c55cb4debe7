import { criticalPath, RunQueries } from "@automatosx/rescript-core";
import {
  cleanLine,
  count,
  cutLine,
  duration,
  isOwned,
  isWithin,
  type StepInfo,
} from "@automatosx/run-view";
import { computed, type ReadonlySignal } from "@preact/signals";
import type { GraphLayout } from "../../../api/run.schema.js";
import type { RunStore } from "../../client/RunStore.js";
import type { IconName, Tone } from "../../shell/Icons.jsx";
import { lookOf } from "../../shell/status-looks.js";
import type { StepList } from "../steps/StepList.js";
import { type Edge, edgesOf } from "./edges.js";
import type { LayoutNode } from "./viewport.js";

/** What a node shows. */
export interface NodeLook {
  readonly label: string;
  readonly chip: string | undefined;
  readonly sub: string;
  readonly icon: IconName;
  readonly tone: Tone;
  /** False for a step that nothing has begun. */
  readonly isReached: boolean;
}

/** How much of a name, and of what is below it, has room in a node. */
const LABEL_LENGTH = 17;
const SUB_LENGTH = 20;
/** A critical path of more steps is not worth its cost. */
const MOST_STEPS = 3000;

const UNREACHED: ReadonlySet<string> = new Set(["pending", "skipped"]);

/** The graph of a run: the layout of its definition, with what its steps do. */
export class GraphModel {
  readonly layout: ReadonlySignal<GraphLayout>;
  readonly edges: ReadonlySignal<readonly Edge[]>;
  /** The steps on the critical path, in order. */
  readonly critical: ReadonlySignal<readonly string[]>;
  readonly #store: RunStore;
  readonly #list: StepList;

  constructor(store: RunStore, list: StepList) {
    this.#store = store;
    this.#list = list;
    this.layout = store.layout;
    this.edges = computed(() => edgesOf(store.layout.value));
    this.critical = computed(() => {
      // The clock moves the weights of what is running, not each event.
      const isMoving = store.at.value === undefined && !store.live.hasEnded;
      if (!isMoving) void store.version.value;
      return this.#criticalPath(isMoving ? store.now.value : store.view.at);
    });
  }

  /** The step that a node stands for; of handlers, the first one that is in progress. */
  stepOf({ step }: Pick<LayoutNode, "step">): StepInfo | undefined {
    const { table } = this.#list;
    const own = table.get(step);
    if (own !== undefined || !step.startsWith(":")) return own;
    const inner = table.order.filter((path) => isWithin(path, step));
    const first = inner.find((path) => !isSettled(table.get(path))) ?? inner.at(-1);
    return first === undefined ? undefined : table.get(first);
  }

  /** Whether a step has begun, or is about to. */
  isReached(path: string): boolean {
    const step = this.stepOf({ step: path });
    return step !== undefined && !UNREACHED.has(step.status);
  }

  /** The colour of a node. */
  toneOf(node: LayoutNode): Tone {
    const step = this.stepOf(node);
    return step === undefined ? "idle" : this.#toneOf(step);
  }

  lookOf(node: LayoutNode): NodeLook {
    const step = this.stepOf(node);
    const name = node.step.startsWith(":") ? `on ${node.step.slice(1)}` : node.step;
    const label = cutLine(cleanLine(name), LABEL_LENGTH);
    if (step === undefined)
      return { label, chip: undefined, sub: "", icon: "pending", tone: "idle", isReached: false };
    const { words, tookMs } = this.#list.wordsOf(step);
    return {
      label,
      chip: words.chip,
      sub: cutLine(subOf(step, words.said, tookMs), SUB_LENGTH),
      icon: words.icon,
      tone: this.#toneOf(step),
      isReached: !UNREACHED.has(step.status),
    };
  }

  /** The graph in one sentence, for a screen reader. */
  sentence(): string {
    const nodes = this.layout.value.nodes.length;
    const path = this.critical.value;
    const critical = path.length === 0 ? "" : ` Critical path: ${namesOf(path)}.`;
    return `Graph of ${count(nodes, "step")}.${critical} The list has the same steps in words.`;
  }

  #toneOf(step: StepInfo): Tone {
    if (step.status === "open" && step.kind !== undefined) return "run";
    const isLost = step.status === "running" && !isOwned(this.#store.facts);
    return lookOf(isLost ? "interrupted" : step.status).tone;
  }

  #criticalPath(now: number): readonly string[] {
    const { view } = this.#store;
    const graph = RunQueries.graph(view.machine);
    if (graph === undefined || graph.nodes.length > MOST_STEPS) return [];
    const weights: Record<string, number> = {};
    for (const id of graph.nodes) {
      const step = this.#list.table.get(id);
      const weight = step === undefined ? undefined : weightOf(step, now);
      if (weight !== undefined) weights[id] = weight;
    }
    return criticalPath(graph, weights).path;
  }
}

const MOST_NAMES = 12;

function namesOf(path: readonly string[]): string {
  const more = path.length - MOST_NAMES;
  return path.slice(0, MOST_NAMES).map(cleanLine).join(", ") + (more > 0 ? `, ${more} more` : "");
}

function weightOf(step: StepInfo, now: number): number | undefined {
  const { startedAt, finishedAt, status, estimate } = step;
  if (startedAt === undefined) return estimate;
  const end = finishedAt ?? (isSettled(step) ? startedAt : now);
  // A core without a weight counts 1; a step that took no time is no longer path than that.
  return status === "skipped" ? 1 : Math.max(1, end - startedAt);
}

function isSettled(step: StepInfo | undefined): boolean {
  return (
    step !== undefined && ["completed", "failed", "skipped", "cancelled"].includes(step.status)
  );
}

function subOf(step: StepInfo, said: string, tookMs: number | undefined): string {
  if (step.status === "completed" && step.kind === undefined && tookMs !== undefined) {
    if (step.detail?.reused !== undefined) return said.replace(/^completed, /, "");
    const attempt = step.attemptNumber > 1 ? `attempt ${step.attemptNumber}, ` : "";
    return attempt + duration(tookMs);
  }
  if (step.kind === "loop" && step.status === "pending")
    return (step.steps ?? []).map(({ id }) => id).join(", then ") || said;
  return said;
}
