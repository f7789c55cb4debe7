import { AGENT_KEY_SYNONYMS } from "@automatosx/schemas";
import { findSynonym, foldKey, type Path } from "@automatosx/source";

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
};
const RETRY_SYNONYMS: Readonly<Record<string, string>> = {
  attempts: "max",
  maxattempts: "max",
  retries: "max",
  delay: "backoff",
  initialdelay: "backoff",
  maxdelay: "maxBackoff",
  multiplier: "factor",
};

/**
 * Keys of other workflow languages that have no equivalent in this version. Suggesting another key
 * would change the meaning of the workflow.
 */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  "approval",
  "budget",
  "cache",
  "check",
  "condition",
  "effect",
  "fallback",
  "foreach",
  "gate",
  "if",
  "loop",
  "matrix",
  "on",
  "output",
  "outputs",
  "run",
  "schedule",
  "script",
  "triggers",
  "unless",
  "when",
]);

/** Returns our key for a key that another system uses, in a map at `path`. */
export function synonymOf(key: string, path: Path, known: readonly string[]): string | undefined {
  return findSynonym(key, synonymsAt(path), known);
}

/** Synonyms whose values have another unit or another count than those of our keys. */
const OF_OTHER_VALUE: ReadonlySet<string> = new Set([
  "attempts",
  "duration",
  "estimatedduration",
  "expectedduration",
  "maxattempts",
  "optional",
  "timeoutminutes",
  "timeoutseconds",
  "uses",
]);

/** Returns whether a synonym only has to be renamed: its value means the same. */
export function isSafeSynonym(key: string): boolean {
  return !OF_OTHER_VALUE.has(foldKey(key));
}

/** Whether the dependencies of a step are written under the key of another system. */
export function isDependencyMisnamed(step: unknown): boolean {
  if (typeof step !== "object" || step === null || Object.hasOwn(step, "dependencies")) return false;
  return Object.keys(step).some(
    (key) => findSynonym(key, STEP_SYNONYMS, ["dependencies"]) !== undefined,
  );
}

/** Returns the remedy for a key that no suggestion fits. */
export function remedyForKey(key: string): string | undefined {
  if (key === "<<")
    return (
      "write the keys out, or move values that all steps share to `defaults`: YAML 1.2 has no " +
      "merge key"
    );
  return UNSUPPORTED.has(foldKey(key))
    ? `remove it: this version of the language has no \`${key}\``
    : undefined;
}

function synonymsAt(path: Path): Readonly<Record<string, string>> {
  if (path.length === 0) return WORKFLOW_SYNONYMS;
  if (path.at(-1) === "retry") return RETRY_SYNONYMS;
  if (path[0] === "agents" && path.length === 2) return AGENT_KEY_SYNONYMS;
  return STEP_SYNONYMS;
}
