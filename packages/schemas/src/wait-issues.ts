import type { KeyIssue } from "./key-issue.js";
import { has, memberOf } from "./several-keys.js";

const WAITS = ["for", "until", "signal"];
const OF_SIGNAL = ["form", "timeout", "onTimeout"];

/** Yields the problems of a step's `wait`, as written. */
export function* waitIssues(wait: unknown): Generator<KeyIssue, void, undefined> {
  if (typeof wait !== "object" || wait === null || Array.isArray(wait)) return;
  const [first, ...others] = Object.keys(wait).filter((key) => WAITS.includes(key));
  if (first === undefined)
    yield {
      rule: "wait_for_nothing",
      path: ["wait"],
      message: "has none of `for`, `until` and `signal`",
    };
  for (const other of others)
    yield {
      rule: "key_twice",
      path: ["wait", other],
      message: `cannot be combined with \`${first}\``,
    };
  for (const key of OF_SIGNAL)
    if (has(wait, key) && first !== undefined && !has(wait, "signal"))
      yield {
        rule: "key_of_other_kind",
        path: ["wait", key],
        message: "belongs to a wait for a `signal`",
      };
  if (has(wait, "onTimeout") && has(wait, "signal") && !has(wait, "timeout"))
    yield {
      rule: "key_of_other_kind",
      path: ["wait", "onTimeout"],
      message: "belongs to a wait with a `timeout`",
      remedy: "add `timeout`, or remove it",
    };
}

/** Yields the problems of the agents that take over, as written. */
export function* fallbackIssues(step: object): Generator<KeyIssue, void, undefined> {
  const fallback = memberOf(step, "fallback");
  const isList = Array.isArray(fallback);
  const agents: unknown = isList ? fallback : memberOf(fallback, "agents");
  if (!Array.isArray(agents)) return;
  const first = memberOf(step, "agentId");
  const path = isList ? ["fallback"] : ["fallback", "agents"];
  for (const [index, agent] of agents.entries()) {
    if (typeof agent !== "string") continue;
    const isFirst = agent === first;
    if (isFirst || agents.indexOf(agent) < index)
      yield {
        rule: "fallback_twice",
        path: [...path, index],
        message: isFirst ? "is the agent of the step itself" : "is listed twice",
      };
  }
}

/** Yields the time limits that a group does not have, as written. */
export function* groupTimeoutIssues(
  timeout: unknown,
  noun: string,
): Generator<KeyIssue, void, undefined> {
  if (typeof timeout !== "object" || timeout === null) {
    yield {
      rule: "key_of_other_kind",
      path: ["timeout"],
      message: `limits one attempt, which ${noun} does not have`,
      remedy: "write `timeout: { total: … }`, or set the timeout on the inner steps",
    };
    return;
  }
  for (const key of ["attempt", "idle"])
    if (has(timeout, key))
      yield {
        rule: "key_of_other_kind",
        path: ["timeout", key],
        message: `limits one attempt, which ${noun} does not have`,
        remedy: "set it on the inner steps",
      };
}
