import type { DependencyGraph } from "@automatosx/schemas";
import type { DependencyProblem } from "../core/dependency-graph.js";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import type { IssueList } from "./IssueList.js";
import type { ReadableStep } from "./readable-steps.js";
import { printable, quoted } from "./SourceText.js";
import type { Path, SourceTree } from "./source-tree.js";
import type { Suggester } from "./suggestions.js";

/** Of a cycle, this many steps are named at each end. */
const SHOWN_OF_CYCLE = 10;

/** Reports what keeps the steps from being a graph, each at its place; gives the graph when nothing does. */
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
  const ids = named.map(({ id }) => id);
  const problems = new GraphProblems(outcome.problems);
  // A step whose id could not be read is unknown to those that wait for it: that is one mistake, not several.
  const knowsAll = named.length === steps.length;
  const report = (
    name: "duplicateStep" | "selfDependency" | "unknownDependency",
    path: Path,
    message: string,
    remedy?: string,
  ) => issues.add(name, path, tree.locate(path), message, remedy);
  const seen = new Set<string>();
  for (const { id, index, dependencies } of steps) {
    if (id === undefined) continue;
    if (seen.has(id))
      report(
        "duplicateStep",
        ["steps", index, "id"],
        `another step has the id ${quoted(id)} already`,
      );
    seen.add(id);
    for (const dependency of dependencies) {
      const path = ["steps", index, "dependencies", dependency.index];
      if (dependency.id === id)
        report("selfDependency", path, `the step ${quoted(id)} waits for itself`);
      else if (knowsAll && problems.unknown.has(dependency.id)) {
        const meant = suggester.nearest(dependency.id, ids);
        report(
          "unknownDependency",
          path,
          `no step has the id ${quoted(dependency.id)}`,
          meant && `write \`${meant}\``,
        );
      }
    }
  }
  for (const cycle of problems.cycles) addCycle(cycle, steps, issues, tree);
  return undefined;
}

/** The core's problems by kind. */
class GraphProblems {
  readonly unknown = new Set<string>();
  readonly cycles: (readonly string[])[] = [];

  constructor(problems: readonly DependencyProblem[]) {
    for (const problem of problems) {
      if (problem.type === "unknown_dependency") this.unknown.add(problem.dependency);
      else if (problem.type === "cycle") this.cycles.push(problem.path);
    }
  }
}

/** Reported at the entry by which the first step of the cycle waits for the second. */
function addCycle(
  cycle: readonly string[],
  steps: readonly ReadableStep[],
  issues: IssueList,
  tree: SourceTree,
): void {
  const step = steps.find(({ id }) => id === cycle[0]);
  const entry = step?.dependencies.find(({ id }) => id === cycle[1]);
  const path: Path = ["steps", step?.index ?? 0, "dependencies", entry?.index ?? 0];
  issues.add(
    "cycle",
    path,
    tree.locate(path),
    `these steps wait for each other: ${describeCycle(cycle)}`,
  );
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
