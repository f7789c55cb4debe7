import type { DependencyGraph } from "@automatosx/schemas";
import { type IssueKind, type Path, printable, quoted } from "@automatosx/source";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import type { CheckPlace } from "./check-place.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { edgesOf, pathOfEdge, type WrittenEdge, writtenEdges } from "./steps/edges.js";
import { ownValue } from "./steps/own-value.js";
import {
  phaseOf,
  type StepGroup,
  type StepNode,
  type StepTree,
  stepsAround,
  within,
} from "./steps/step-tree.js";

/** How many steps the message about a cycle lists at each end. */
const SHOWN_OF_CYCLE = 10;

/**
 * Returns the graph of the workflow's steps, or undefined after reporting each problem of this
 * graph, or of the graph of a group, at its location.
 */
export function checkGraph(steps: StepTree, place: CheckPlace): DependencyGraph | undefined {
  const report = new GraphReport(steps, place);
  report.addDuplicates();
  let root: DependencyGraph | undefined;
  let isValid = true;
  for (const group of steps.groups) {
    const graph = report.check(group);
    if (group === steps.root) root = graph;
    if (graph === undefined) isValid = false;
  }
  return isValid && !report.hasProblems ? root : undefined;
}

/** Locates the problems that the core finds in the graphs of a workflow. */
class GraphReport {
  /** Whether a problem was found, even if the list of issues is full. */
  hasProblems = false;
  readonly #steps: StepTree;
  readonly #place: CheckPlace;

  constructor(steps: StepTree, place: CheckPlace) {
    this.#steps = steps;
    this.#place = place;
  }

  /**
   * A step of a list has no id of another step there, nor of a list around it, so that `steps.ID`
   * always means one step. Two lists of which none contains the other may use one id.
   */
  addDuplicates(): void {
    for (const { steps } of this.#steps.groups)
      for (const step of steps) {
        if (step.id === undefined || !isTaken(step, step.id, this.#steps.root)) continue;
        const message = `another step also has the id ${quoted(step.id)}`;
        this.#add(ISSUE_KINDS.duplicateStep, [...step.path, "id"], message);
      }
  }

  check(group: StepGroup): DependencyGraph | undefined {
    const named = group.steps.filter(({ id }) => id !== undefined);
    const outcome = buildDependencyGraph(
      named.map((step) => ({
        id: step.id ?? "",
        dependencies: group.isListed
          ? edgesOf(step).flatMap(({ target: { id } }) => id ?? [])
          : writtenEdges(step).map(({ id }) => id),
      })),
    );
    if (!group.isListed) for (const step of group.steps) this.#checkModes(step);
    if (outcome.ok) return outcome.graph;
    this.hasProblems = true;
    for (const step of group.steps) if (!group.isListed) this.#checkEdges(step);
    for (const problem of outcome.problems)
      if (problem.type === "cycle") this.#addCycle(group, problem.path);
    return undefined;
  }

  #checkEdges(step: StepNode): void {
    if (this.#place.issues.isFull) return;
    for (const edge of writtenEdges(step)) this.#checkEdge(step, edge);
  }

  #checkEdge(step: StepNode, edge: WrittenEdge): void {
    if (this.#place.issues.isFull) return;
    if (edge.id === step.id)
      return this.#addAtEdge(
        ISSUE_KINDS.selfDependency,
        step,
        edge,
        `the step ${quoted(edge.id)} waits for itself`,
      );
    if (step.group.byId.has(edge.id)) return;
    const elsewhere = this.#steps.byId.get(edge.id);
    if (elsewhere !== undefined) this.#addOtherScope(step, edge, elsewhere);
    // An id that cannot be read may be the one that is meant: one mistake must not cause several
    // issues.
    else if (this.#steps.knowsAllIds) this.#addUnknown(step, edge);
  }

  #addUnknown(step: StepNode, edge: WrittenEdge): void {
    const meant = this.#place.suggester.nearest(edge.id, step.group.byId.keys());
    this.#addAtEdge(
      ISSUE_KINDS.unknownDependency,
      step,
      edge,
      `no step has the id ${quoted(edge.id)}`,
      meant && `write \`${meant}\``,
    );
  }

  /** A step waits for steps of its own list only; what is around it waits for the others. */
  #addOtherScope(step: StepNode, edge: WrittenEdge, target: StepNode): void {
    if (phaseOf(step) !== phaseOf(target)) {
      const what =
        phaseOf(target) === undefined
          ? "is a step of the workflow, and all of those are settled when handlers run"
          : "is a handler of another list";
      const message = `${quoted(edge.id)} ${what}`;
      return this.#addAtEdge(ISSUE_KINDS.otherScope, step, edge, message, "remove it");
    }
    const outer = within(target.group, step);
    if (outer !== undefined) {
      const owner = quoted(outer.id ?? "its group");
      const message = `${quoted(edge.id)} is outside the group ${owner}`;
      const remedy = `move it to the \`dependencies\` of ${owner}, or remove it`;
      return this.#addAtEdge(ISSUE_KINDS.otherScope, step, edge, message, remedy);
    }
    const groups = [...stepsAround(step)].map(({ group }) => group);
    const visible = groups.map((group) => within(group, target)).find((found) => found);
    const name = visible?.id;
    const isSibling = visible?.group === step.group;
    const message =
      `${quoted(edge.id)} is an inner step` + (name === undefined ? "" : ` of ${quoted(name)}`);
    const remedy =
      name === undefined || visible === step || !isSibling
        ? undefined
        : `write \`${name}\`, which completes after its inner steps`;
    this.#addAtEdge(ISSUE_KINDS.otherScope, step, edge, message, remedy);
  }

  /** A dependency with two modes has no meaning; one that is repeated does no harm. */
  #checkModes(step: StepNode): void {
    if (!hasModes(step)) return;
    const modes = new Map<string, string>();
    for (const edge of writtenEdges(step)) {
      const first = modes.get(edge.id);
      if (first === undefined) modes.set(edge.id, edge.mode);
      else if (first !== edge.mode) {
        const both = `\`${first}\` and \`${edge.mode}\``;
        const message = `${quoted(edge.id)} is a dependency twice: ${both}`;
        this.#addAtEdge(ISSUE_KINDS.conflict, step, edge, message);
        this.hasProblems = true;
      }
    }
  }

  /** The issue is located at the dependency of the cycle's first step on the second. */
  #addCycle(group: StepGroup, cycle: readonly string[]): void {
    const step = group.byId.get(cycle[0] ?? "");
    const edge = step && writtenEdges(step).find(({ id }) => id === cycle[1]);
    const message = `these steps wait for each other: ${describeCycle(cycle)}`;
    if (step && edge) this.#addAtEdge(ISSUE_KINDS.cycle, step, edge, message);
    else this.#add(ISSUE_KINDS.cycle, step?.path ?? [], message);
  }

  #addAtEdge(
    kind: IssueKind,
    step: StepNode,
    edge: WrittenEdge,
    message: string,
    remedy?: string,
  ): void {
    const target = edge.isKey ? "key" : "value";
    this.#add(kind, pathOfEdge(step, edge), message, remedy, target);
  }

  #add(
    kind: IssueKind,
    path: Path,
    message: string,
    remedy?: string,
    target: "key" | "value" = "value",
  ): void {
    const { issues, tree } = this.#place;
    this.hasProblems = true;
    if (issues.isFull || issues.isWrong(path)) return;
    issues.add(kind, path, tree.locate(path, target), message, remedy);
  }
}

/** `a → b → c → a`: each waits for the next. */
export function describeCycle(cycle: readonly string[]): string {
  const left = cycle.length - 2 * SHOWN_OF_CYCLE;
  const steps =
    left <= 1
      ? cycle
      : [...cycle.slice(0, SHOWN_OF_CYCLE), `… ${left} more …`, ...cycle.slice(-SHOWN_OF_CYCLE)];
  return steps.map((id) => printable(id.slice(0, 60))).join(" → ");
}

/** Whether a dependency of the step is written with a mode of its own. */
function hasModes({ written }: StepNode): boolean {
  const dependencies = ownValue(written, "dependencies");
  return Array.isArray(dependencies) && dependencies.some((entry) => typeof entry !== "string");
}

function isTaken(step: StepNode, id: string, root: StepGroup): boolean {
  if (step.group.byId.get(id) !== step) return true;
  // Handlers see the workflow's own steps, so their ids must differ from those. A number that
  // stands in for a missing id does not count.
  if (
    phaseOf(step) !== undefined &&
    ownValue(step.written, "id") !== undefined &&
    root.byId.has(id)
  )
    return true;
  for (const at of stepsAround(step.group.owner)) if (at.group.byId.has(id)) return true;
  return false;
}
