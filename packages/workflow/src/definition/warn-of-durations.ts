import { type IssueList, type Path, quoted, type SourceTree } from "@automatosx/source";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { ownValue } from "./readable-steps.js";

/** A number of ms below this limit was probably meant as seconds or minutes. */
const SUSPICIOUS_BELOW_MS = 1000;

const STEP_DURATIONS = ["timeout", "estimate"];
const RETRY_DURATIONS = ["backoff", "maxBackoff"];
const AGENT_DURATIONS = ["timeout", "grace"];

/** Warns of durations without a unit that last less than a second: `timeout: 300`. */
export function warnOfDurations(value: unknown, tree: SourceTree, issues: IssueList): void {
  for (const [path, duration] of durationsOf(value)) {
    const isShort = typeof duration === "number" && duration > 0 && duration < SUSPICIOUS_BELOW_MS;
    if (!isShort || issues.isWrong(path)) continue;
    const key = quoted(String(path.at(-1)));
    const message = `${key} is ${duration} milliseconds, because the number has no unit`;
    const remedy = `write \`${duration}s\` for seconds, \`${duration}m\` for minutes, or \`${duration}ms\``;
    issues.add(ISSUE_KINDS.shortDuration, path, tree.locate(path), message, remedy);
  }
}

type Duration = readonly [path: Path, value: unknown];

function* durationsOf(workflow: unknown): Generator<Duration, void, undefined> {
  yield* stepDurations(ownValue(workflow, "defaults"), ["defaults"]);
  const steps = ownValue(workflow, "steps");
  if (Array.isArray(steps))
    for (const [index, step] of steps.entries()) yield* stepDurations(step, ["steps", index]);
  yield* agentDurations(workflow);
}

function* stepDurations(step: unknown, path: Path): Generator<Duration, void, undefined> {
  yield* members(step, path, STEP_DURATIONS);
  yield* members(ownValue(step, "retry"), [...path, "retry"], RETRY_DURATIONS);
}

function* agentDurations(file: unknown): Generator<Duration, void, undefined> {
  const agents = ownValue(file, "agents");
  if (typeof agents !== "object" || agents === null) return;
  for (const [id, agent] of Object.entries(agents))
    yield* members(agent, ["agents", id], AGENT_DURATIONS);
}

function* members(
  map: unknown,
  path: Path,
  keys: readonly string[],
): Generator<Duration, void, undefined> {
  for (const key of keys) yield [[...path, key], ownValue(map, key)];
}
