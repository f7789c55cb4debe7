export { RunState, RunStatus } from "./run.schema.js";
