import type { Path } from "@automatosx/source";

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
const AGENT_SYNONYMS: Readonly<Record<string, string>> = {
  argv: "command",
  cmd: "command",
  exec: "command",
  run: "command",
  program: "command",
  environment: "env",
  workingdirectory: "cwd",
  dir: "cwd",
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

/**
 * The key that was meant by a key of another system, in a map at `path`. It is one of `known`, or
 * the dotted path of a deeper key.
 */
export function synonymOf(key: string, path: Path, known: readonly string[]): string | undefined {
  const synonyms = synonymsAt(path);
  const folded = fold(key);
  const meant = Object.hasOwn(synonyms, folded)
    ? synonyms[folded]
    : known.find((candidate) => fold(candidate) === folded);
  return meant !== undefined && (meant.includes(".") || known.includes(meant)) ? meant : undefined;
}

/** The remedy for a key that no suggestion fits. */
export function remedyForKey(key: string): string | undefined {
  if (key === "<<")
    return (
      "write the keys out, or put what all steps share into `defaults`: " +
      "YAML 1.2 has no merge key"
    );
  return UNSUPPORTED.has(fold(key))
    ? `remove it: this version of the language has no \`${key}\``
    : undefined;
}

function fold(key: string): string {
  return key.toLowerCase().replace(/[_-]/g, "");
}

function synonymsAt(path: Path): Readonly<Record<string, string>> {
  if (path.length === 0) return WORKFLOW_SYNONYMS;
  if (path.at(-1) === "retry") return RETRY_SYNONYMS;
  if (path[0] === "agents" && path.length === 2) return AGENT_SYNONYMS;
  return STEP_SYNONYMS;
}
