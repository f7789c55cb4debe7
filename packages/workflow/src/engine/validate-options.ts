import type { RunCommand } from "../backend/run-command.js";
import type { CheckpointPolicy, LimitOptions } from "../drive/run-policy.js";
import { WorkflowError } from "../errors.js";
import { writeExactly } from "../exact-json.js";

/**
 * Options are validated before they have any effect. A value that the journal cannot store
 * unchanged would be read back as a different value, or fail a transaction that other runs share.
 */

const LONGEST_NAME = 200;

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
  const written = writeExactly(value, { root: what, isMap: true });
  if (written.ok && written.text.startsWith("{"))
    return JSON.parse(written.text) as Record<string, unknown>;
  const { problem, remedy } = written.ok
    ? { problem: `\`${what}\` is not an object`, remedy: `Pass an object of ${what}, by name.` }
    : written;
  throw new WorkflowError("invalid_input", `The ${what} cannot be stored: ${problem}.`, { remedy });
}

/** Throws `invalid_argument` if the name is not a valid checkpoint name. */
export function checkCheckpointName(name: unknown): asserts name is string | undefined {
  if (name === undefined) return;
  if (
    typeof name === "string" &&
    name.trim() !== "" &&
    name.length <= LONGEST_NAME &&
    name.isWellFormed()
  )
    return;
  throw new WorkflowError(
    "invalid_argument",
    `${JSON.stringify(name)} is not a valid checkpoint name.`,
    {
      remedy: `Use a string of 1 to ${LONGEST_NAME} characters, or omit the name.`,
    },
  );
}

const VERBS: ReadonlySet<unknown> = new Set<RunCommand["verb"]>([
  "pause",
  "resume",
  "cancel",
  "checkpoint",
]);

/** `invalid_argument` for a command that no run knows. */
export function checkCommand(command: unknown): asserts command is RunCommand {
  const verb: unknown =
    typeof command === "object" && command !== null && "verb" in command ? command.verb : undefined;
  if (VERBS.has(verb)) return;
  throw new WorkflowError("invalid_argument", `A run has no command \`${String(verb)}\`.`, {
    remedy: `Use one of ${[...VERBS].join(", ")}.`,
  });
}

/** `invalid_argument` unless the number counts something: whole, 0 or more. */
export function checkCount(what: string, count: unknown): asserts count is number {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return;
  throw new WorkflowError(
    "invalid_argument",
    `${what} must be a whole number, 0 or more; ${String(count)} is not.`,
    { remedy: "Use a whole number, 0 or more, or omit it." },
  );
}

/**
 * Returns the limits that are set. Throws `invalid_argument` unless each is a whole number, 1 or
 * more.
 */
export function parseLimits({ concurrency, agentConcurrency }: LimitOptions): LimitOptions {
  const agents = Object.entries(agentConcurrency ?? {}).filter(
    ([id, limit]) => !isUnlimited(`agentConcurrency of \`${id}\``, limit),
  );
  return {
    ...(concurrency !== undefined && !isUnlimited("concurrency", concurrency) && { concurrency }),
    ...(agents.length > 0 && { agentConcurrency: Object.fromEntries(agents) }),
  };
}

/** Returns the checkpoint intervals that are set, validated in the same way. */
export function parseCheckpointPolicy({ every, intervalMs }: CheckpointPolicy): CheckpointPolicy {
  return {
    ...(every !== undefined && !isUnlimited("checkpoint.every", every) && { every }),
    ...(intervalMs !== undefined &&
      !isUnlimited("checkpoint.intervalMs", intervalMs, false) && { intervalMs }),
  };
}

function isUnlimited(what: string, value: number, isWhole = true): boolean {
  if (value === Number.POSITIVE_INFINITY) return true;
  if (
    value >= 1 &&
    (isWhole ? Number.isSafeInteger(value) && value <= MOST : Number.isFinite(value))
  )
    return false;
  const kind = `${isWhole ? "whole " : ""}number, 1 or more`;
  throw new WorkflowError(
    "invalid_argument",
    `${what} must be a ${kind}; ${String(value)} is not.`,
    {
      remedy: `Use a ${kind}, or omit it.`,
    },
  );
}

// The core counts in 32 bits.
const MOST = 2_147_483_647;
