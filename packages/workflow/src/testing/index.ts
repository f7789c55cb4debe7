/**
 * @automatosx/workflow/testing: time that a test moves, agents that follow a script, and the suites
 * that every storage and every backend must pass.
 */

export {
  BACKEND_CASES,
  type BackendTestRunner,
  describeBackend,
  runBackendSuite,
  type SuiteOptions,
  type SuiteReport,
} from "./backend-suite.js";
export {
  type AgentNote,
  type AgentScript,
  conformanceAgent,
} from "./backend-suite-agent.js";
export type { BackendCase, Need } from "./backend-suite-case.js";
export type { BackendHarness, HarnessClock, KillTarget } from "./backend-suite-harness.js";
export { ScriptedAgent, type ScriptedAnswer } from "./ScriptedAgent.js";
export { SimulatedClock } from "./SimulatedClock.js";
export { describeStorage, type StorageTraits } from "./storage-suite.js";
