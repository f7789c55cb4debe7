/**
 * @automatosx/workflow/testing: time that a test moves, agents that follow a script, and the suites
 * that every storage and every backend must pass.
 */

export {
  BACKEND_CASES,
  type BackendTestRunner,
  describeBackend,
  type EndedCase,
  type MakeHarness,
  runBackendSuite,
  type SuiteOptions,
  type SuiteReport,
  type SuiteRun,
} from "./backend-suite.js";
export {
  type AgentNote,
  type AgentScript,
  CONFORMANCE_AGENTS,
  conformanceAgent,
} from "./backend-suite-agent.js";
export type { BackendCase } from "./backend-suite-case.js";
export type {
  BackendHarness,
  GoldenRun,
  HarnessClock,
  HarnessSetup,
  KillTarget,
  Need,
} from "./backend-suite-harness.js";
export type { Oddity } from "./backend-suite-oddities.js";
export { ScriptedAgent, type ScriptedAnswer } from "./ScriptedAgent.js";
export { SimulatedClock } from "./SimulatedClock.js";
export { describeStorage, type StorageTraits } from "./storage-suite.js";
