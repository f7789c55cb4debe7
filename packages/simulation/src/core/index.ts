export type { Budget } from "./budget.js";
export { type Choice, describeChoice } from "./Choice.js";
export { type Core, compiledCore } from "./Core.js";
export { CoreWorld } from "./CoreWorld.js";
export { choices } from "./choices.js";
export { type Exploration, explore, exploredBudget, exploredWithRequests } from "./explore.js";
export type { JournaledEvent } from "./journaled-event.js";
export { makePlan, type Plan, randomPlan, randomTreePlan } from "./Plan.js";
export { BrokenPromise, type PromiseName, promises } from "./promises.js";
export { type RuledShell, type ShellRules, soundRules } from "./ShellRules.js";
export { planOf, type Shape, shapesOf, type Traits } from "./shapes.js";
export { shrinkCoreRun } from "./shrink.js";
export {
  BRITTLE,
  CONTENT,
  type CoreReport,
  type Failure,
  replay,
  runCoreSeed,
  SEEDS_PER_CONTENT,
  SEEDS_PER_TREE,
  SEEDS_PER_WAITING,
  type SeedSetting,
  settingOf,
  WAITING,
} from "./simulate.js";
export { describePromise, traceOf } from "./trace.js";
export type { CoreWorldOptions } from "./WorldState.js";
