/** The names that other systems use for the keys of maps in a step or a workflow. */
const RETRY_SYNONYMS: Readonly<Record<string, string>> = {
  attempts: "max",
  maxattempts: "max",
  retries: "max",
  delay: "backoff",
  initialdelay: "backoff",
  maxdelay: "maxBackoff",
  multiplier: "factor",
  classes: "on",
  errors: "on",
  retryon: "on",
};
const RUN_SYNONYMS: Readonly<Record<string, string>> = {
  args: "command",
  argv: "command",
  bash: "script",
  cmd: "command",
  cwd: "dir",
  directory: "dir",
  environment: "env",
  exitcodes: "okExitCodes",
  stdin: "input",
  workdir: "dir",
  workingdir: "dir",
  workingdirectory: "dir",
};
const LOOP_SYNONYMS: Readonly<Record<string, string>> = {
  count: "max",
  delay: "every",
  interval: "every",
  limit: "max",
  maxiterations: "max",
  maxrounds: "max",
  onexhausted: "onMax",
  times: "max",
};
const FOREACH_SYNONYMS: Readonly<Record<string, string>> = {
  items: "in",
  list: "in",
  maxparallel: "concurrency",
  of: "in",
  variable: "as",
};
const GATE_SYNONYMS: Readonly<Record<string, string>> = {
  approvers: "to",
  assignees: "to",
  assignee: "to",
  deadline: "expires",
  expiry: "expires",
  expiration: "expires",
  fields: "form",
  inputs: "form",
  message: "ask",
  onexpired: "onExpire",
  onrejected: "onReject",
  ontimeout: "onExpire",
  output: "form",
  prompt: "ask",
  question: "ask",
  schema: "form",
  text: "ask",
  timeout: "expires",
  title: "ask",
  users: "to",
};
const WAIT_SYNONYMS: Readonly<Record<string, string>> = {
  at: "until",
  delay: "for",
  duration: "for",
  event: "signal",
  expires: "timeout",
  message: "signal",
  name: "signal",
  onexpire: "onTimeout",
  schema: "form",
  sleep: "for",
};
const STOP_SYNONYMS: Readonly<Record<string, string>> = {
  because: "reason",
  message: "reason",
  outcome: "as",
  result: "as",
  status: "as",
};
export const CHECK_SYNONYMS: Readonly<Record<string, string>> = {
  agent: "agentId",
  assert: "that",
  command: "run",
  condition: "that",
  error: "message",
  expression: "that",
  if: "that",
  prompt: "task",
  reason: "message",
};
const SESSION_SYNONYMS: Readonly<Record<string, string>> = {
  fork: "from",
  of: "from",
  step: "from",
};
const FALLBACK_SYNONYMS: Readonly<Record<string, string>> = {
  agent: "agents",
  agentid: "agents",
  classes: "on",
  to: "agents",
  when: "on",
};
const TIMEOUT_SYNONYMS: Readonly<Record<string, string>> = {
  deadline: "total",
  overall: "total",
  run: "attempt",
  silence: "idle",
};
const AMOUNT_SYNONYMS: Readonly<Record<string, string>> = {
  calls: "launches",
  cost: "usd",
  dollars: "usd",
  duration: "wall",
  maxtokens: "tokens",
  money: "usd",
  onunmetered: "unmetered",
  runs: "launches",
  thresholds: "at",
  time: "wall",
  walltime: "wall",
};
const ON_SYNONYMS: Readonly<Record<string, string>> = {
  error: "failure",
  fail: "failure",
  failed: "failure",
  finally: "always",
  exit: "always",
};
export const LIMIT_SYNONYMS: Readonly<Record<string, string>> = {
  group: "scope",
  maxconcurrency: "concurrency",
  parallel: "concurrency",
  quota: "scope",
  ratelimit: "rate",
};
const CHOICE_SYNONYMS: Readonly<Record<string, string>> = {
  agents: "oneOf",
  expression: "from",
  options: "oneOf",
};

/** The synonyms of the keys of a map, by the key of the map. */
export const SYNONYMS_OF_MAP: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  agentId: CHOICE_SYNONYMS,
  budget: AMOUNT_SYNONYMS,
  check: CHECK_SYNONYMS,
  fallback: FALLBACK_SYNONYMS,
  gate: GATE_SYNONYMS,
  on: ON_SYNONYMS,
  reconcile: CHECK_SYNONYMS,
  reserve: AMOUNT_SYNONYMS,
  session: SESSION_SYNONYMS,
  stop: STOP_SYNONYMS,
  timeout: TIMEOUT_SYNONYMS,
  wait: WAIT_SYNONYMS,
  foreach: FOREACH_SYNONYMS,
  loop: LOOP_SYNONYMS,
  retry: RETRY_SYNONYMS,
  run: RUN_SYNONYMS,
};
