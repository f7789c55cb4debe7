import type { DependencyGraph } from "@automatosx/schemas";
import {
  type IssueKind,
  type IssueList,
  type Path,
  printable,
  quoted,
  type SourceTree,
  type Suggester,
} from "@automatosx/source";
import type { DependencyProblem } from "../core/dependency-graph.js";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import type { ReadableStep } from "./readable-steps.js";

/** How many steps the message about a cycle lists at each end. */
const SHOWN_OF_CYCLE = 10;

/** Returns the graph of the steps, or undefined after reporting each problem at its location. */
export function checkGraph(
  steps: readonly ReadableStep[],
  issues: IssueList,
  tree: SourceTree,
  suggester: Suggester,
): DependencyGraph | undefined {
  const named = steps.flatMap(({ id, dependencies }) =>
    id === undefined ? [] : [{ id, dependencies: dependencies.map((dependency) => dependency.id) }],
  );
  const outcome = buildDependencyGraph(named);
  if (outcome.ok) return outcome.graph;
  const report = new GraphReport(steps, issues, tree);
  const seen = new Set<string>();
  for (const step of steps) {
    if (step.id === undefined) continue;
    if (seen.has(step.id)) report.addDuplicate(step.id, step.index);
    seen.add(step.id);
  }
  // If a step's id is unreadable, steps that wait for it would be reported as well: one mistake
  // must not cause several issues.
  if (named.length === steps.length)
    report.addUnknownDependencies(unknownIn(outcome.problems), [...seen], suggester);
  report.addSelfDependencies();
  for (const problem of outcome.problems)
    if (problem.type === "cycle") report.addCycle(problem.path);
  return undefined;
}

function unknownIn(problems: readonly DependencyProblem[]): ReadonlySet<string> {
  const unknown = new Set<string>();
  for (const problem of problems)
    if (problem.type === "unknown_dependency") unknown.add(problem.dependency);
  return unknown;
}

/** Locates the problems that the core found in a graph. */
class GraphReport {
  readonly #steps: readonly ReadableStep[];
  readonly #issues: IssueList;
  readonly #tree: SourceTree;
  readonly #byId: ReadonlyMap<string | undefined, ReadableStep>;

  constructor(steps: readonly ReadableStep[], issues: IssueList, tree: SourceTree) {
    this.#steps = steps;
    this.#issues = issues;
    this.#tree = tree;
    // Backwards, so that the first of several steps with one id counts, as in the core.
    this.#byId = new Map(steps.toReversed().map((step) => [step.id, step]));
  }

  addDuplicate(id: string, index: number): void {
    const message = `another step also has the id ${quoted(id)}`;
    this.#add(ISSUE_KINDS.duplicateStep, ["steps", index, "id"], message);
  }

  addUnknownDependencies(
    unknown: ReadonlySet<string>,
    ids: readonly string[],
    suggester: Suggester,
  ): void {
    for (const { id, index, dependencies } of this.#steps) {
      for (const dependency of dependencies) {
        if (dependency.id === id || !unknown.has(dependency.id)) continue;
        if (this.#issues.isFull) return;
        const meant = suggester.nearest(dependency.id, ids);
        this.#add(
          ISSUE_KINDS.unknownDependency,
          ["steps", index, "dependencies", dependency.index],
          `no step has the id ${quoted(dependency.id)}`,
          meant && `write \`${meant}\``,
        );
      }
    }
  }

  addSelfDependencies(): void {
    for (const { id, index, dependencies } of this.#steps) {
      for (const dependency of dependencies) {
        if (id === undefined || dependency.id !== id) continue;
        if (this.#issues.isFull) return;
        const path = ["steps", index, "dependencies", dependency.index];
        this.#add(ISSUE_KINDS.selfDependency, path, `the step ${quoted(id)} waits for itself`);
      }
    }
  }

  /** The issue is located at the dependency of the cycle's first step on the second. */
  addCycle(cycle: readonly string[]): void {
    const step = this.#byId.get(cycle[0]);
    const entry = step?.dependencies.find(({ id }) => id === cycle[1]);
    const path = ["steps", step?.index ?? 0, "dependencies", entry?.index ?? 0];
    this.#add(ISSUE_KINDS.cycle, path, `these steps wait for each other: ${describeCycle(cycle)}`);
  }

  #add(kind: IssueKind, path: Path, message: string, remedy?: string): void {
    if (this.#issues.isFull) return;
    this.#issues.add(kind, path, this.#tree.locate(path), message, remedy);
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
