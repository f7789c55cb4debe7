import type { DependencyGraphOutcome, DependencyNode } from "@automatosx/rescript-core";
import { buildDependencyGraph as build } from "@automatosx/rescript-core";

export type { DependencyGraphOutcome, DependencyNode, DependencyProblem } from "@automatosx/rescript-core";

/** The graph of the steps, or every reason why there is none. Looks at ids and dependencies only. */
export function buildDependencyGraph(steps: readonly DependencyNode[]): DependencyGraphOutcome {
  return build(steps.map(({ id, dependencies }) => ({ id, dependencies })));
}
