/** @automatosx/workflow/testing: time that stands still, agents that follow a script, and the suite for storages. */
export { ScriptedAgent, type ScriptedAnswer } from "./ScriptedAgent.js";
export { SimulatedClock } from "./SimulatedClock.js";
export { describeStorage } from "./storage-suite.js";
