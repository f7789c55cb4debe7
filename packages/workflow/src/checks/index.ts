/**
 * @automatosx/workflow/checks: validates options and reads files in the same way as this package,
 * for packages that add agents, backends or commands.
 */

export { agent, agentMap } from "./agent-check.js";
export { checkOptions, isRecord, type OptionCheck, type OptionChecks } from "./check-options.js";
export { describeValue } from "./describe-value.js";
export { type FileProblem, fileProblem, pathExists } from "./file-problem.js";
export {
  amount,
  anything,
  callable,
  count,
  durationLimit,
  flag,
  hasMethods,
  limit,
  members,
  must,
  oneOf,
  path,
  record,
  signal,
  text,
  withMethods,
} from "./option-checks.js";
export { readBytes, readTextFile, type TextFileOptions } from "./read-text-file.js";
