/**
 * @automatosx/workflow/programs: runs the programs of steps. A program is the leader of its own
 * process group, and every process that it started is ended with its attempt.
 */

export { decodeFile, type KeptFile } from "../run-directory/kept-files.js";
export {
  ATTEMPT_VARIABLE,
  attemptEnvironment,
  changedEnvironment,
  type EnvironmentChanges,
  OUTER_ATTEMPTS_VARIABLE,
  OUTER_TOKENS_VARIABLE,
  TOKEN_VARIABLE,
  workingDirectory,
} from "./attempt-environment.js";
export { findProgram, isPathLike } from "./find-program.js";
export { killPrograms } from "./living-programs.js";
export { reclaimAfter } from "./reclaim-attempt.js";
export {
  DEFAULT_MAX_OUTPUT_BYTES,
  type Program,
  type ProgramEnd,
  runProgram,
  stopMsAfter,
  textOfProgram,
} from "./run-program.js";
export { performRunStep } from "./run-step.js";
export { type AttemptProcesses, KILL_LIMIT_MS, sweepDescendants } from "./sweep-descendants.js";
