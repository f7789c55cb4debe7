/** The bridge to the core's graph: the only folder that imports the generated bindings. */
export type { CriticalPath, DependencyGraph, DependencyNode, DependencyProblem } from "@automatosx/rescript-core";
export { buildDependencyGraph, criticalPath, downstream } from "@automatosx/rescript-core";
