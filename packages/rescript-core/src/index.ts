/** The face of the core: plain names over the generated bindings, in reading order. */
export type { graph as DependencyGraph, node as DependencyNode, outcome as DependencyGraphOutcome, problem as DependencyProblem, criticalPath as CriticalPath } from "./workflows/DependencyGraph.gen.js";
export { build as buildDependencyGraph, criticalPath, downstream } from "./workflows/DependencyGraph.gen.js";
export type { t as RetryPolicy } from "./workflows/RetryPolicy.gen.js";
export { standard as standardRetryPolicy, delayMs as retryDelayMs, mayRetry } from "./workflows/RetryPolicy.gen.js";
