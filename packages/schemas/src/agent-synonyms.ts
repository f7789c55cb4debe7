/**
 * The names that other systems use for the keys of an agent, for suggestions. The names are in
 * lower case, without `_` and `-`.
 */
export const AGENT_KEY_SYNONYMS: Readonly<Record<string, string>> = {
  argv: "command",
  cmd: "command",
  exec: "command",
  run: "command",
  program: "command",
  environment: "env",
  workingdirectory: "cwd",
  dir: "cwd",
};
