export { Databases } from "./Databases.js";
export { enginePart } from "./part.js";
export { runSeed, type SeedReport } from "./run-seed.js";
export { shrink } from "./shrink.js";
export { type FailedSeed, type SeedTotals, type SimulateOptions, simulateSeeds, type WorkflowText } from "./simulate-seeds.js";
export type { WorldOptions } from "./World.js";
export { readWorkflow, type SimulatedWorkflow } from "./workflows.js";
