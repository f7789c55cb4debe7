import type { Path } from "@automatosx/source";
import { agentsOf, everyStep } from "../every-step.js";
import type { CheckPlace } from "./check-place.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { mayHave } from "./may-have.js";
import { type OtherWorkflow, type OtherWorkflows, otherOf } from "./others/OtherWorkflow.js";
import { ownValue } from "./steps/own-value.js";
import { writtenLeaves } from "./steps/written-leaves.js";

/** Reports a `reconcile` of a step that is safe to repeat. */
export function checkReconcile(value: unknown, { issues, tree }: CheckPlace): void {
  if (!mayHave({ issues }, "reconcile")) return;
  const defaults = ownValue(value, "defaults");
  for (const { written, path, kind } of writtenLeaves(value)) {
    if (kind !== "reconcile") continue;
    const step = path.slice(0, -1);
    const owner = step.reduce<unknown>(memberAt, value);
    const effect = ownValue(owner, "effect") ?? ownValue(defaults, "effect");
    if (effect === "external" || isOfOtherKind(owner) || issues.isWrong([...step, "effect"]))
      continue;
    // An invalid `effect` has already been reported.
    if (effect !== undefined && effect !== "pure" && effect !== "idempotent") continue;
    if (ownValue(written, "task") === undefined && ownValue(written, "run") === undefined) continue;
    const message = "`reconcile` belongs to a step with `effect: external`";
    const remedy = "add `effect: external` to the step, or remove it";
    issues.add(ISSUE_KINDS.keyOfOtherKind, path, tree.locate(path, "key"), message, remedy);
  }
}

function memberAt(value: unknown, key: string | number): unknown {
  if (typeof key === "string") return ownValue(value, key);
  return Array.isArray(value) ? value[key] : undefined;
}

/** Warns of external steps with retries and no `reconcile`. */
export function warnOfExternalRetries(value: unknown, { issues, tree }: CheckPlace): void {
  if (!mayHave({ issues }, "external")) return;
  const defaults = ownValue(value, "defaults");
  for (const { written, path, kind } of writtenLeaves(value)) {
    if (kind !== undefined || ownValue(written, "reconcile") !== undefined) continue;
    const effect = ownValue(written, "effect") ?? ownValue(defaults, "effect");
    if (effect !== "external" || isOfOtherKind(written)) continue;
    const at = retriesAt(written, path) ?? retriesAt(defaults, ["defaults"]);
    if (at === undefined || issues.isWrong(at)) continue;
    const message =
      "this step is `external`: an attempt whose outcome is not known is not tried again";
    issues.add(ISSUE_KINDS.externalRetries, at, tree.locate(at, "key"), message);
  }
}

function isOfOtherKind(written: unknown): boolean {
  return ["steps", "gate", "wait", "stop", "include", "workflow"].some(
    (key) => ownValue(written, key) !== undefined,
  );
}

/** The path at which a map sets retries; undefined if it sets none. */
function retriesAt(map: unknown, path: Path): Path | undefined {
  if (isCount(ownValue(map, "retries"))) return [...path, "retries"];
  return isCount(ownValue(ownValue(map, "retry"), "max")) ? [...path, "retry", "max"] : undefined;
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}

/** The dimensions of a budget that an attempt must not exceed. */
const METERED = ["usd", "tokens"];

/**
 * Warns of agents that have no reserve in a dimension that the budget limits: their first attempt
 * holds everything that is left, so it runs alone. One warning for each agent.
 */
export function warnOfMissingReserves(
  value: unknown,
  { issues, tree, others = new Map() }: CheckPlace,
): void {
  const budget = ownValue(value, "budget");
  const limited = METERED.filter((key) => typeof ownValue(budget, key) === "number");
  if (limited.length === 0) return;
  const defaults = ownValue(value, "defaults");
  const limits = ownValue(ownValue(value, "limits"), "agents");
  const seen = new Set<string>();
  for (const { written, path } of writtenLeaves(value)) {
    if (path[0] === "on") continue;
    const places = [
      ...agentPlaces(written, path, defaults),
      ...includedAgentPlaces(otherOf(others, written), [...path, "include"]),
    ];
    for (const { agent, at, reserves } of places) {
      if (seen.has(agent)) continue;
      const own = [
        ...(reserves ?? [ownValue(written, "reserve")]),
        ownValue(ownValue(limits, agent), "reserve"),
      ];
      const missing = limited.find((key) =>
        own.every((reserve) => ownValue(reserve, key) === undefined),
      );
      if (missing === undefined) continue;
      seen.add(agent);
      if (issues.isWrong(at)) continue;
      const message = `\`${agent}\` has no reserve of \`${missing}\`, which the budget limits`;
      issues.add(ISSUE_KINDS.runsAlone, at, tree.locate(at), message);
    }
  }
}

interface AgentPlace {
  readonly agent: string;
  readonly at: Path;
  /** What may say what an attempt uses, if the step that names the agent is in another file. */
  readonly reserves?: readonly unknown[];
}

/** The agents of the steps of an included workflow. */
function includedAgentPlaces(other: OtherWorkflow | undefined, at: Path): AgentPlace[] {
  if (other === undefined) return [];
  const { steps, limits } = other.definition;
  return [...everyStep(steps)].flatMap((step) =>
    agentsOf(step)
      .filter((agent) => !agent.startsWith("@"))
      .map((agent) => ({ agent, at, reserves: [step.reserve, limits.agents[agent]?.reserve] })),
  );
}

/** The agents of a step, each with the path at which it is written. */
function* agentPlaces(
  written: unknown,
  path: Path,
  defaults: unknown,
): Generator<AgentPlace, void, undefined> {
  if (ownValue(written, "task") === undefined) return;
  const agentId = ownValue(written, "agentId") ?? ownValue(defaults, "agentId");
  const isDefault = ownValue(written, "agentId") === undefined;
  const at = isDefault ? ["defaults", "agentId"] : [...path, "agentId"];
  if (typeof agentId === "string") yield { agent: agentId, at };
  const fallback = ownValue(written, "fallback");
  const lists: readonly (readonly [unknown, Path])[] = [
    [ownValue(agentId, "oneOf"), [...at, "oneOf"]],
    [fallback, [...path, "fallback"]],
    [ownValue(fallback, "agents"), [...path, "fallback", "agents"]],
  ];
  for (const [list, of] of lists)
    if (Array.isArray(list))
      for (const [index, agent] of list.entries())
        if (typeof agent === "string") yield { agent, at: [...of, index] };
}

/** The maximum number of launches of a run. */
const MAX_LAUNCHES = 100_000;

/** Reports a workflow whose runs certainly need more launches than they may have. */
export function checkLaunches(
  value: unknown,
  { issues, tree, others = new Map() }: CheckPlace,
): void {
  const mayRepeat = mayHave({ issues }, "foreach") || mayHave({ issues }, "loop");
  if (!mayRepeat && others.size === 0) return;
  const largest = launchesOf(ownValue(value, "steps"), ["steps"], { times: 1, others });
  if (largest.count <= MAX_LAUNCHES) return;
  const { path, count } = largest;
  const message = `a run needs ${count} launches of agents, and may have ${MAX_LAUNCHES}`;
  issues.add(ISSUE_KINDS.tooManyLaunches, path, tree.locate(path, "key"), message);
}

interface Launches {
  readonly count: number;
  /** The list, items or rounds that raise the number above the maximum. */
  readonly path: Path;
}

/** Returns how many agents a run of a workflow certainly launches. */
export function certainLaunches(value: unknown, { others = new Map() }: CheckPlace): number {
  return launchesOf(ownValue(value, "steps"), ["steps"], { times: 1, others }).count;
}

interface Repetition {
  /** How often the list of steps runs. */
  readonly times: number;
  readonly others: OtherWorkflows;
}

function launchesOf(steps: unknown, path: Path, { times, others }: Repetition): Launches {
  let count = 0;
  if (!Array.isArray(steps)) return { count, path };
  for (const [index, step] of steps.entries()) {
    const at = [...path, index];
    if (mayBeSkipped(step)) continue;
    const repeated = timesOf(step, at);
    const all = times * repeated.count;
    const inner = ownValue(step, "steps");
    const own =
      inner === undefined
        ? { count: launchesOfLeaf(step, others) * all, path: repeated.path }
        : launchesOf(inner, [...at, "steps"], { times: all, others });
    if (own.count > MAX_LAUNCHES) return own;
    count += own.count;
  }
  return { count, path };
}

/** A child run counts as one launch; the launches of its steps count in that run. */
function launchesOfLeaf(step: unknown, others: OtherWorkflows): number {
  if (ownValue(step, "include") !== undefined) return otherOf(others, step)?.launches() ?? 0;
  return ownValue(step, "task") === undefined && ownValue(step, "workflow") === undefined ? 0 : 1;
}

/** Whether a step may be left out, or is only reached under a condition. */
function mayBeSkipped(step: unknown): boolean {
  return ownValue(step, "if") !== undefined;
}

/** How often a step certainly runs: the items of a list in the file, the rounds without `until`. */
function timesOf(step: unknown, path: Path): Launches {
  const foreach = ownValue(step, "foreach");
  const items = Array.isArray(foreach) ? foreach : ownValue(foreach, "in");
  if (Array.isArray(items)) return { count: items.length, path: [...path, "foreach"] };
  if (foreach !== undefined) return { count: 0, path };
  const loop = ownValue(step, "loop");
  if (loop === undefined) return { count: 1, path };
  const max = ownValue(loop, "max");
  const isFixed = ownValue(loop, "until") === undefined && typeof max === "number";
  return { count: isFixed ? max : 1, path: [...path, "loop"] };
}
