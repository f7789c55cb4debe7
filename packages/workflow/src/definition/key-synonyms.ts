import { AGENT_KEY_SYNONYMS } from "@automatosx/schemas";
import { findSynonym, foldKey, type Path } from "@automatosx/source";

/** What other systems call our keys, folded: without case, `_` and `-`. */
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
 * Keys of workflow languages that this version has nothing for. A suggestion of another key would
 * change what the workflow means.
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

/** The key that was meant by a key of another system, in a map at `path`. */
export function synonymOf(key: string, path: Path, known: readonly string[]): string | undefined {
  return findSynonym(key, synonymsAt(path), known);
}

/** The remedy for a key that no suggestion fits. */
export function remedyForKey(key: string): string | undefined {
  if (key === "<<")
    return (
      "write the keys out, or put what all steps share into `defaults`: " +
      "YAML 1.2 has no merge key"
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
