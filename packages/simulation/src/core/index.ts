export { type Choice, describeChoice } from "./Choice.js";
export { type Core, compiledCore } from "./Core.js";
export { choices } from "./choices.js";
export {
  type Exploration,
  explore,
  exploredBudget,
  exploredWithRequests,
  planOf,
  type Shape,
  shapesOf,
  type Traits,
} from "./explore.js";
export { makePlan, type Plan, randomPlan } from "./Plan.js";
export { BrokenPromise, type PromiseName, promises } from "./promises.js";
export { Random } from "./Random.js";
export { type Entry, type ShellRules, soundRules } from "./ShellRules.js";
export { shrink } from "./shrink.js";
export {
  type Failure,
  type RunReport,
  replay,
  runSeed,
  type SeedSetting,
  settingOf,
} from "./simulate.js";
export { describePromise, traceOf } from "./trace.js";
export { type Budget, World, type WorldOptions } from "./World.js";
