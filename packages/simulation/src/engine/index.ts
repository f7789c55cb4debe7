export { Databases } from "./Databases.js";
export type { EngineWorldOptions } from "./EngineWorld.js";
export { engineInvariants } from "./invariants.js";
export { runEngineSeed, type SeedReport } from "./run-seed.js";
export type { FailedSeed, SeedTotals } from "./seed-totals.js";
export { shrinkEngineSeed, traceSeed } from "./shrink.js";
export { type SimulateOptions, simulateSeeds } from "./simulate-seeds.js";
export { readWorkflow, type SimulatedWorkflow, type WorkflowText } from "./workflows.js";
