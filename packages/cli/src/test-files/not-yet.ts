import type { Behaviour } from "@automatosx/schemas/test-files";
import type { DefinitionIssue } from "@automatosx/workflow";
import type { Action, Case, Expected } from "./Case.js";

/** The code of an issue about a construct that this version does not have. */
const NOT_IN_THIS_VERSION = "AXW1620";

/** Actions that this version cannot perform. */
const ACTIONS = ["answer", "signal", "edit", "reopen", "amend", "budget", "unmetered"] as const;

/** Expectations about constructs that this version does not have. */
const EXPECTATIONS = ["pausedFor", "waitsFor", "budget", "reason", "sessions", "openGate"] as const;

/**
 * Classes of failure that can be played. An agent of this version can only say whether another
 * attempt may help, so that `transient` and `refused` have the reasons of `error` and `fatal`.
 */
const PLAYED_REASONS: readonly string[] = ["error", "transient", "fatal", "refused"];
const KNOWN_REASONS: readonly string[] = [
  "error",
  "fatal",
  "timeout",
  "interrupted",
  "invalid_output",
  "expression",
  "inner",
  "rounds",
];

/**
 * Returns the construct of the workflow that this version does not have; undefined if it has all of
 * them.
 */
export function missingConstruct(issues: readonly DefinitionIssue[]): string | undefined {
  const issue = issues.find(({ code }) => code === NOT_IN_THIS_VERSION);
  if (issue === undefined) return undefined;
  const [what = ""] = issue.message.split(" is not in this version");
  return /`([^`]+)`/u.exec(what)?.[1] ?? what;
}

/** Returns what the case needs besides its workflow and this version does not have. */
export function missingForCase({ actions, agents, expected }: Case): string | undefined {
  for (const action of actions) {
    const missing = missingAction(action) ?? missingExpectation(action.expect ?? {});
    if (missing !== undefined) return missing;
  }
  for (const behaviour of Object.values(agents)) {
    const missing = missingBehaviour(behaviour);
    if (missing !== undefined) return missing;
  }
  return missingExpectation(expected);
}

function missingAction(action: Action): string | undefined {
  return ACTIONS.find((name) => action[name] !== undefined);
}

function missingExpectation(expected: Expected): string | undefined {
  const unknown = Object.values(expected.stepErrors ?? {}).find(
    ({ reason }) => reason !== undefined && !KNOWN_REASONS.includes(reason),
  );
  return (
    EXPECTATIONS.find((name) => expected[name] !== undefined) ??
    (unknown === undefined ? undefined : `reason: ${unknown.reason}`)
  );
}

function missingBehaviour(behaviour: Behaviour): string | undefined {
  const { reason, rateLimit, request = [], script = [], steps = {}, then, else: rest } = behaviour;
  if (rateLimit !== undefined) return "rateLimit";
  if (reason !== undefined && !PLAYED_REASONS.includes(reason)) return `reason: ${reason}`;
  if (request.includes("session")) return "session";
  const inner = [...script, ...Object.values(steps), then, rest];
  for (const one of inner) {
    const missing = one === undefined ? undefined : missingBehaviour(one);
    if (missing !== undefined) return missing;
  }
  return undefined;
}
