import type { BudgetLimits, RunCommand } from "../backend/run-command.js";
import { checkCheckpointName } from "../checkpoint/check-name.js";
import { checkMembers, isRecord, type OptionCheck } from "../checks/check-options.js";
import { describeValue } from "../checks/describe-value.js";
import { anything, flag, members, text, texts } from "../checks/option-checks.js";
import type { CheckpointPolicy, LimitOptions } from "../drive/run-policy.js";
import { WorkflowError } from "../errors.js";
import { writeExactJson } from "../write-exact-json.js";
import {
  AMEND_CHECKS,
  BUDGET_CHECKS,
  CANCEL_CHECKS,
  checkAnswer,
  EDIT_CHECKS,
  REOPEN_CHECKS,
  SIGNAL_CHECKS,
  signalName,
} from "./engine-option-checks.js";

/**
 * Options are validated before they have any effect. A value that the journal cannot store
 * unchanged would be read back as a different value, or fail a transaction that other runs share.
 */

/**
 * Returns a copy as the journal stores it, so that later changes to the original have no effect.
 * `what` is the option that the value comes from: the start of a path in a message.
 *
 * @throws WorkflowError `invalid_input` if the value is not a plain object, or not exactly JSON
 */
export function copyAsJson(
  value: Readonly<Record<string, unknown>>,
  what: "inputs" | "context",
): Record<string, unknown> {
  const written = writeExactJson(value, { root: what, isMap: true });
  if (written.ok && written.text.startsWith("{"))
    return JSON.parse(written.text) as Record<string, unknown>;
  const { problem, remedy } = written.ok
    ? { problem: `\`${what}\` is not an object`, remedy: `Pass an object of ${what}, by name.` }
    : written;
  throw new WorkflowError("invalid_input", `The ${what} cannot be stored: ${problem}.`, { remedy });
}

const VERBS: ReadonlySet<unknown> = new Set<RunCommand["verb"]>([
  "pause",
  "resume",
  "cancel",
  "checkpoint",
  "answer",
  "signal",
  "budget",
  "edit",
  "reopen",
  "amend",
]);

function detailChecks(verb: unknown): Readonly<Record<string, OptionCheck>> {
  switch (verb) {
    case "pause":
      return { stopAgents: flag };
    case "checkpoint":
      return { name: checkCheckpointName };
    case "cancel":
      return CANCEL_CHECKS;
    case "answer":
      return { stepId: text, answer: checkAnswer };
    case "signal":
      return { name: signalName, ...SIGNAL_CHECKS };
    case "budget":
      return { budget: members<BudgetLimits>(BUDGET_CHECKS), by: text };
    case "edit":
      return { stepId: text, result: anything, ...EDIT_CHECKS };
    case "reopen":
      return { stepIds: texts, ...REOPEN_CHECKS };
    case "amend":
      return { definitionHash: text, ...AMEND_CHECKS };
    default:
      return {};
  }
}

function nameOf(verb: unknown): string {
  return typeof verb === "string" ? `\`${verb}\`` : describeValue(verb);
}

/** `invalid_argument` for a command that no run knows. */
export function checkCommand(command: unknown): asserts command is RunCommand {
  const verb: unknown =
    typeof command === "object" && command !== null && "verb" in command ? command.verb : undefined;
  if (isRecord(command) && VERBS.has(verb)) {
    const { verb: _, ...details } = command;
    checkMembers(`The command \`${String(verb)}\``, details, detailChecks(verb), "");
    return;
  }
  throw new WorkflowError("invalid_argument", `A run has no command ${nameOf(verb)}.`, {
    remedy: `Use one of ${[...VERBS].join(", ")}.`,
  });
}

/** Returns the limits that are set. Infinity means no limit. */
export function setLimits({ concurrency, agentConcurrency }: LimitOptions): LimitOptions {
  const agents = Object.entries(agentConcurrency ?? {}).filter(([, limit]) => isSet(limit));
  return {
    ...(isSet(concurrency) && { concurrency }),
    ...(agents.length > 0 && { agentConcurrency: Object.fromEntries(agents) }),
  };
}

/** Returns the checkpoint intervals that are set. Infinity means never. */
export function setCheckpointPolicy({ every, intervalMs }: CheckpointPolicy): CheckpointPolicy {
  return { ...(isSet(every) && { every }), ...(isSet(intervalMs) && { intervalMs }) };
}

function isSet(limit: number | undefined): limit is number {
  return limit !== undefined && limit !== Number.POSITIVE_INFINITY;
}
