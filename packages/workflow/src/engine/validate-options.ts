import type { CheckpointPolicy, LimitOptions } from "../drive/run-policy.js";
import { WorkflowError } from "../errors.js";

/*
 * What a caller hands over is looked at before anything follows from it: a value that the journal cannot keep as it is would
 * come back as another one when the run is read again, or fail a transaction that other runs share.
 */

const LONGEST_NAME = 200;

/** The value as the journal will have it: what a caller or an agent does to its own later changes nothing. `invalid_input` when it is not JSON. */
export function copyAsJson(
  value: Readonly<Record<string, unknown>>,
  what: string,
): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  } catch (cause) {
    throw new WorkflowError(
      "invalid_input",
      `${what} cannot be kept: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {
        cause,
        remedy:
          "Give what JSON can say: text, numbers, true, false, null, lists and maps of these.",
      },
    );
  }
}

/** `invalid_argument` for a name that no checkpoint can have. */
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
    `${JSON.stringify(name)} cannot be the name of a checkpoint.`,
    {
      remedy: `Take some text of at most ${LONGEST_NAME} characters, or leave the name out.`,
    },
  );
}

/** Limits without those that limit nothing. `invalid_argument` for what is no whole number of at least 1. */
export function parseLimits({ concurrency, agentConcurrency }: LimitOptions): LimitOptions {
  const agents = Object.entries(agentConcurrency ?? {}).filter(
    ([id, limit]) => !isUnlimited(`agentConcurrency of \`${id}\``, limit),
  );
  return {
    ...(concurrency !== undefined && !isUnlimited("concurrency", concurrency) && { concurrency }),
    ...(agents.length > 0 && { agentConcurrency: Object.fromEntries(agents) }),
  };
}

/** The same for when checkpoints are written. */
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
  throw new WorkflowError("invalid_argument", `${what} cannot be ${String(value)}.`, {
    remedy: `Give a ${isWhole ? "whole " : ""}number of at least 1, or leave it out.`,
  });
}

// The core counts in 32 bits.
const MOST = 2_147_483_647;
