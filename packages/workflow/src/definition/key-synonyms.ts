import { AGENT_KEY_SYNONYMS } from "@automatosx/schemas/written";
import { findSynonym, foldKey, type Path, Suggester } from "@automatosx/source";
import { CHECK_SYNONYMS, LIMIT_SYNONYMS, SYNONYMS_OF_MAP } from "./map-synonyms.js";

/** Marks a key whose meaning this version of the language does not have. */
const NOT_HERE = "not here";

/** The names that other systems use for our keys, in lower case and without `_` and `-`. */
const STEP_SYNONYMS: Readonly<Record<string, string>> = {
  after: "dependencies",
  dependency: "dependencies",
  depends: "dependencies",
  dependson: "dependencies",
  needs: "dependencies",
  requires: "dependencies",
  runafter: "dependencies",
  upstream: "dependencies",
  agent: "agentId",
  assignee: "agentId",
  provider: "agentId",
  uses: "agentId",
  worker: "agentId",
  instruction: "task",
  instructions: "task",
  prompt: "task",
  label: "name",
  title: "name",
  timeoutms: "timeout",
  timeoutseconds: "timeout",
  timeoutminutes: "timeout",
  duration: "estimate",
  estimatedduration: "estimate",
  expected: "estimate",
  expectedduration: "estimate",
  attempts: "retries",
  maxretries: "retries",
  retrycount: "retries",
  allowfailure: "continueOnError",
  continueonfailure: "continueOnError",
  ignoreerrors: "continueOnError",
  optional: "continueOnError",
  condition: "if",
  onlyif: "if",
  runif: "if",
  when: "if",
  each: "foreach",
  items: "foreach",
  withitems: "foreach",
  repeat: "loop",
  triggerrule: "join",
  arguments: "with",
  inputs: "with",
  parameters: "with",
  params: "with",
  import: "include",
  includes: "include",
  childworkflow: "workflow",
  subflow: "workflow",
  subworkflow: "workflow",
  command: "run.command",
  script: "run.script",
  body: "steps",
  children: "steps",
  file: "task.file",
  nodes: "steps",
  substeps: "steps",
  tasks: "steps",
  artifacts: "files",
  outputformat: "output",
  outputschema: "output",
  responseformat: "output",
  schema: "output",
  maxconcurrency: "concurrency",
  maxparallel: "concurrency",
  approval: "gate",
  approve: "gate",
  confirm: "gate",
  human: "gate",
  sleep: "wait",
  pause: "wait",
  signal: "wait.signal",
  waitfor: "wait",
  waituntil: "wait.until",
  assert: "check",
  checks: "check",
  evaluate: "check",
  guardrails: "check",
  validate: "check",
  verify: "check",
  fallbacks: "fallback",
  fallbackagents: "fallback",
  sideeffect: "effect",
  sideeffects: "effect",
  cost: "reserve",
  timeoutidle: "timeout.idle",
  idletimeout: "timeout.idle",
  totaltimeout: "timeout.total",
  deadline: "timeout.total",
  resume: "session",
  conversation: "session",
};
const WORKFLOW_SYNONYMS: Readonly<Record<string, string>> = {
  jobs: "steps",
  nodes: "steps",
  stages: "steps",
  tasks: "steps",
  arguments: "inputs",
  parameters: "inputs",
  params: "inputs",
  variables: "context",
  vars: "context",
  title: "name",
  concurrency: "limits.concurrency",
  maxconcurrency: "limits.concurrency",
  maxparallel: "limits.concurrency",
  timeout: "defaults.timeout",
  retries: "defaults.retries",
  retry: "defaults.retry",
  agentid: "defaults.agentId",
  finally: "on.always",
  always: "on.always",
  onalways: "on.always",
  onexit: "on.always",
  onerror: "on.failure",
  onfailure: "on.failure",
  handlers: "on",
  hooks: "on",
  maxcost: "budget.usd",
  ratelimit: "limits.agents",
};
/**
 * What to do about keys of other workflow languages for which no other key stands. Suggesting one
 * would change the meaning of the workflow.
 */
const REMEDIES: Readonly<Record<string, string>> = {
  bash: "write `run: { script: … }`",
  language: "remove it: the engine adds it when it normalises; pass the workflow as it was written",
  env: "write `env` in `run`, or on the agent",
  matrix:
    "write `foreach` with a list; a product of lists is an expression with `flatten` and `map`",
  shell: "write `shell` in `run`, beside `script`",
  unless: "write `if` with the opposite condition: `!(…)`",
  while: "write `until` with the opposite condition: `!(…)`",
  cancel: "write `stop: { as: cancelled, reason: … }`",
  context: "remove it: every step starts a new conversation unless it has a `session`",
  end: "write `stop: { as: completed, reason: … }`",
  exit: "write `stop: { as: completed, reason: … }`",
  fail: "write `stop: { as: failed, reason: … }`",
  schedule: NOT_HERE,
  triggers: NOT_HERE,
};

/** Returns our key for a key that another system uses, in a map at `path`. */
export function synonymOf(key: string, path: Path, known: readonly string[]): string | undefined {
  return findSynonym(key, synonymsAt(path), known);
}

/** Synonyms whose values have another unit, count or form than those of our keys. */
const OF_OTHER_VALUE: ReadonlySet<string> = new Set([
  "assert",
  "assignee",
  "at",
  "checks",
  "classes",
  "cost",
  "deadline",
  "errors",
  "evaluate",
  "event",
  "fields",
  "fork",
  "guardrails",
  "human",
  "maxtokens",
  "pause",
  "resume",
  "runs",
  "time",
  "validate",
  "verify",
  "waitfor",
  "args",
  "arguments",
  "argv",
  "childworkflow",
  "import",
  "includes",
  "inputs",
  "parameters",
  "params",
  "subflow",
  "subworkflow",
  "artifacts",
  "attempts",
  "condition",
  "count",
  "delay",
  "duration",
  "each",
  "estimatedduration",
  "expectedduration",
  "interval",
  "items",
  "maxattempts",
  "onexhausted",
  "onlyif",
  "optional",
  "outputformat",
  "repeat",
  "runif",
  "timeoutminutes",
  "timeoutseconds",
  "triggerrule",
  "uses",
  "when",
  "withitems",
]);

/** Returns whether a synonym only has to be renamed: its value means the same. */
export function isSafeSynonym(key: string): boolean {
  return !OF_OTHER_VALUE.has(foldKey(key));
}

/** Whether the dependencies of a step are written under a misspelt or foreign key. */
export function isDependencyMisnamed(step: unknown): boolean {
  if (typeof step !== "object" || step === null || Object.hasOwn(step, "dependencies"))
    return false;
  const suggester = new Suggester();
  return Object.keys(step).some(
    (key) =>
      findSynonym(key, STEP_SYNONYMS, ["dependencies"]) !== undefined ||
      suggester.nearest(key, ["dependencies"]) !== undefined,
  );
}

/** Returns the remedy for a key that no suggestion fits. */
export function remedyForKey(key: string): string | undefined {
  if (key === "<<")
    return (
      "write the keys out, or move values that all steps share to `defaults`: YAML 1.2 has no " +
      "merge key"
    );
  const folded = foldKey(key);
  if (!Object.hasOwn(REMEDIES, folded)) return undefined;
  const remedy = REMEDIES[folded];
  return remedy === NOT_HERE ? `remove it: this version of the language has no \`${key}\`` : remedy;
}

function synonymsAt(path: Path): Readonly<Record<string, string>> {
  if (path.length === 0) return WORKFLOW_SYNONYMS;
  const last = path.at(-1);
  if (typeof last === "string" && Object.hasOwn(SYNONYMS_OF_MAP, last))
    return SYNONYMS_OF_MAP[last] ?? STEP_SYNONYMS;
  if (path[0] === "agents" && path.length === 2) return AGENT_KEY_SYNONYMS;
  if (path[0] === "limits" && path.length === 3) return LIMIT_SYNONYMS;
  if (path.at(-2) === "check") return CHECK_SYNONYMS;
  return STEP_SYNONYMS;
}
