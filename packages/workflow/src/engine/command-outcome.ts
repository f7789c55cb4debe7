import type { CommandOutcome } from "../backend/run-command.js";
import { ERROR_KINDS, WorkflowError } from "../errors.js";
import { WITHDRAWN } from "../storage/withdrawn-command.js";

/** The prefix of answers from versions that did not use JSON; a checkpoint's id followed it. */
const ACCEPTED_PREFIX = "ok:";

/** Whether a stored answer says that the command was withdrawn because the run changed owner. */
export function isWithdrawal(answer: string): boolean {
  return answer === WITHDRAWN;
}

/** Returns the text to store for an outcome. */
export function writeOutcome(outcome: CommandOutcome): string {
  return JSON.stringify(outcome);
}

/**
 * Returns the outcome in a stored answer. An answer that is not JSON comes from an older version:
 * it is `ok:`, with or without a checkpoint's id, or the reason for a refusal.
 */
export function readOutcome(answer: string): CommandOutcome {
  if (answer.startsWith(ACCEPTED_PREFIX)) return accepted(answer.slice(ACCEPTED_PREFIX.length));
  const outcome = parse(answer);
  if (outcome?.ok === true) return accepted(outcome.checkpointId);
  if (outcome === undefined || !Object.hasOwn(ERROR_KINDS, outcome.code))
    return { ok: false, code: "event_refused", message: outcome?.message ?? answer };
  return outcome;
}

/** Returns the outcome for an error that concerns the command; undefined for any other error. */
export function outcomeOfRefusal(error: unknown): CommandOutcome | undefined {
  if (!(error instanceof WorkflowError)) return undefined;
  const { code, message, remedy } = error;
  const { concerns } = ERROR_KINDS[code];
  if (concerns === "database" || concerns === "engine") return undefined;
  return { ok: false, code, message, ...(remedy !== undefined && { remedy }) };
}

/** Returns the checkpoint of an accepted command; throws the refusal of any other command. */
export function acceptedOrThrow(runId: string, outcome: CommandOutcome): string | undefined {
  if (outcome.ok) return outcome.checkpointId;
  const { code, message, remedy } = outcome;
  throw new WorkflowError(code, message, { runId, ...(remedy !== undefined && { remedy }) });
}

function accepted(checkpointId: string | undefined): CommandOutcome {
  return checkpointId === undefined || checkpointId === ""
    ? { ok: true }
    : { ok: true, checkpointId };
}

function parse(answer: string): CommandOutcome | undefined {
  try {
    const value: unknown = JSON.parse(answer);
    return typeof value === "object" && value !== null && "ok" in value
      ? (value as CommandOutcome)
      : undefined;
  } catch {
    return undefined;
  }
}
