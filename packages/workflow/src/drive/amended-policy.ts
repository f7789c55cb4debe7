import { isDeepStrictEqual } from "node:util";
import type { WorkflowDefinition } from "@automatosx/schemas";
import { omitUndefined } from "../core/omit-undefined.js";
import type { RunPolicy } from "../core/workflow-state-machine.js";
import { policyOf } from "./run-policy.js";

/**
 * Returns the policy of a run under another definition. Where the two definitions agree, the run
 * keeps what it has, such as a raised budget; where they differ, the new one counts. A limit that
 * the caller of the start had given stays.
 */
export function amendedPolicy(
  policy: RunPolicy,
  present: WorkflowDefinition,
  next: WorkflowDefinition,
): RunPolicy {
  const [was, is] = [present, next].map((definition) => policyOf(definition, {}, {})) as [
    RunPolicy,
    RunPolicy,
  ];
  const { checkpointEvery, checkpointIntervalMs } = policy;
  return omitUndefined({
    concurrency: limit(policy.concurrency, was.concurrency, is.concurrency),
    agentConcurrency: limits(policy.agentConcurrency, was.agentConcurrency, is.agentConcurrency),
    fanOut: is.fanOut,
    budget: members(policy.budget, was.budget, is.budget),
    agentLimits: is.agentLimits,
    checkpointEvery,
    checkpointIntervalMs,
  });
}

type Limit = number | undefined;

// A limit that is not that of the definition is the caller's.
function limit(now: Limit, was: Limit, is: Limit): Limit {
  if (now === was || now === undefined) return is;
  return is === undefined ? now : Math.min(now, is);
}

type Limits = Readonly<Record<string, number>> | undefined;

function limits(now: Limits = {}, was: Limits = {}, is: Limits = {}): Limits {
  const names = new Set([...Object.keys(now), ...Object.keys(is)]);
  const found = [...names].flatMap((name) => {
    const value = limit(now[name], was[name], is[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

type Budget = RunPolicy["budget"];

function members(now: Budget, was: Budget, is: Budget): Budget {
  const [present, before, after] = [now, was, is].map((budget) => ({ ...budget })) as [
    Record<string, unknown>,
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  const names = new Set([...Object.keys(present), ...Object.keys(after)]);
  const found = [...names].flatMap((name) => {
    const value = isDeepStrictEqual(before[name], after[name]) ? present[name] : after[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : (Object.fromEntries(found) as Budget);
}
