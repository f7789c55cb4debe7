import type { IssueList, Path } from "../issues/IssueList.js";
import type { SourceTree } from "../read/SourceTree.js";
import { quoted } from "../text/SourceText.js";
import { everyStep } from "./every-step.js";
import { KEY_ISSUES } from "./key-issues.js";
import { memberOf } from "./large-maps.js";

/** A number of ms below this limit was probably meant as seconds or minutes. */
const SUSPICIOUS_BELOW_MS = 1000;

const STEP_DURATIONS = ["timeout", "estimate"];
const TIMEOUTS = ["attempt", "idle", "total"];
const RETRY_DURATIONS = ["backoff", "maxBackoff"];
const KEYS_OF_DURATIONS: ReadonlySet<string> = new Set([
  ...STEP_DURATIONS,
  "retry",
  "loop",
  "gate",
  "wait",
]);
const AGENT_DURATIONS = ["timeout", "grace"];

/** Warns of durations without a unit that last less than a second: `timeout: 300`. */
export function warnOfDurations(value: unknown, tree: SourceTree, issues: IssueList): void {
  // In JSON, a duration with a unit needs quotes; in YAML they do no harm.
  const isJson = issues.source.text.trimStart().startsWith("{");
  for (const [path, duration] of durationsOf(value)) {
    const isShort = typeof duration === "number" && duration > 0 && duration < SUSPICIOUS_BELOW_MS;
    if (!isShort || issues.isWrong(path)) continue;
    const key = quoted(String(path.at(-1)));
    const message = `${key} is ${duration} milliseconds, because the number has no unit`;
    const [seconds, minutes, ms] = ["s", "m", "ms"].map((unit) =>
      quoted(isJson ? `"${duration}${unit}"` : `${duration}${unit}`),
    );
    const remedy = `write ${seconds} for seconds, ${minutes} for minutes, or ${ms}`;
    issues.add(KEY_ISSUES.shortDuration, path, tree.locate(path), message, remedy);
  }
}

type Duration = readonly [path: Path, value: unknown];

function* durationsOf(workflow: unknown): Generator<Duration, void, undefined> {
  yield* stepDurations(memberOf(workflow, "defaults"), ["defaults"]);
  for (const { step, path } of everyStep(workflow)) {
    // Most steps set none of them.
    if (typeof step !== "object" || step === null) continue;
    for (const key in step)
      if (KEYS_OF_DURATIONS.has(key)) {
        yield* stepDurations(step, path);
        break;
      }
  }
  yield* members(memberOf(workflow, "budget"), ["budget"], ["wall"]);
  yield* agentDurations(workflow);
}

function* stepDurations(step: unknown, path: Path): Generator<Duration, void, undefined> {
  yield* members(step, path, STEP_DURATIONS);
  yield* members(memberOf(step, "timeout"), [...path, "timeout"], TIMEOUTS);
  yield* members(memberOf(step, "retry"), [...path, "retry"], RETRY_DURATIONS);
  yield* members(memberOf(step, "loop"), [...path, "loop"], ["every"]);
  yield* members(memberOf(step, "gate"), [...path, "gate"], ["expires"]);
  const wait = memberOf(step, "wait");
  if (typeof wait === "number") yield [[...path, "wait"], wait];
  else yield* members(wait, [...path, "wait"], ["for", "timeout"]);
}

function* agentDurations(file: unknown): Generator<Duration, void, undefined> {
  const agents = memberOf(file, "agents");
  if (typeof agents !== "object" || agents === null) return;
  for (const [id, agent] of Object.entries(agents))
    yield* members(agent, ["agents", id], AGENT_DURATIONS);
}

function* members(
  map: unknown,
  path: Path,
  keys: readonly string[],
): Generator<Duration, void, undefined> {
  if (typeof map !== "object" || map === null) return;
  for (const key of keys) {
    const value = memberOf(map, key);
    if (typeof value === "number") yield [[...path, key], value];
  }
}
