import type { CommandOutcome } from "../backend/run-command.js";
import { ERROR_KINDS, WorkflowError } from "../errors.js";

/** What an answer began with before answers were JSON; the id of a checkpoint followed. */
const ACCEPTED_PREFIX = "ok:";

/** The text in which an outcome is stored. */
export function writeOutcome(outcome: CommandOutcome): string {
  return JSON.stringify(outcome);
}

/**
 * The outcome of a stored answer. An answer that is not JSON is one of an older version: `ok:` with
 * a checkpoint's id or nothing, or the sentence of a refusal.
 */
export function readOutcome(answer: string): CommandOutcome {
  if (answer.startsWith(ACCEPTED_PREFIX)) return accepted(answer.slice(ACCEPTED_PREFIX.length));
  const outcome = parse(answer);
  if (outcome?.ok === true) return accepted(outcome.checkpointId);
  if (outcome === undefined || !Object.hasOwn(ERROR_KINDS, outcome.code))
    return { ok: false, code: "event_refused", message: outcome?.message ?? answer };
  return outcome;
}

/** What a command that met an error answers; undefined for an error that is not the command's. */
export function outcomeOfRefusal(error: unknown): CommandOutcome | undefined {
  if (!(error instanceof WorkflowError)) return undefined;
  const { code, message, remedy } = error;
  const { concerns } = ERROR_KINDS[code];
  if (concerns === "database" || concerns === "engine") return undefined;
  return { ok: false, code, message, ...(remedy !== undefined && { remedy }) };
}

/** The checkpoint of an accepted command; throws the refusal of any other. */
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
