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

/**
 * Returns the graph of the steps, or every reason why it cannot be built. Reads only ids and
 * dependencies.
 */
export function buildDependencyGraph(steps: readonly DependencyNode[]): DependencyGraphOutcome {
  return build(steps.map(({ id, dependencies }) => ({ id, dependencies })));
}
