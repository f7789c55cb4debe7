/** The bridge to the core's graph. Only this folder imports the generated bindings. */
import {
  buildDependencyGraph as build,
  type DependencyGraphOutcome,
  type DependencyNode,
} from "@automatosx/rescript-core";

export type {
  CriticalPath,
  DependencyGraph,
  DependencyGraphOutcome,
  DependencyNode,
  DependencyProblem,
} from "@automatosx/rescript-core";
export { criticalPath, downstream } from "@automatosx/rescript-core";

/** The graph of the steps, or every reason why there is none. Reads ids and dependencies only. */
export function buildDependencyGraph(steps: readonly DependencyNode[]): DependencyGraphOutcome {
  return build(steps.map(({ id, dependencies }) => ({ id, dependencies })));
}
