export { Databases } from "./Databases.js";
export { engineInvariants } from "./invariants.js";
export { enginePart } from "./part.js";
export { runSeed as runEngineSeed, type SeedReport } from "./run-seed.js";
export { shrink as shrinkEngineSeed, traceSeed } from "./shrink.js";
export {
  type FailedSeed,
  type SeedTotals,
  type SimulateOptions,
  simulateSeeds,
} from "./simulate-seeds.js";
export type { WorldOptions as EngineSeedOptions } from "./World.js";
export { readWorkflow, type SimulatedWorkflow, type WorkflowText } from "./workflows.js";
