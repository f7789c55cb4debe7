import { messageOf, WorkflowError, type WorkflowErrorCode } from "@automatosx/workflow/errors";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ApiError } from "../api/common.schema.js";
import { RefusedRequest } from "./RefusedRequest.js";

const CONFLICTS: readonly WorkflowErrorCode[] = [
  "run_ambiguous",
  "run_exists",
  "run_owned_elsewhere",
  "run_not_resumable",
  "run_quarantined",
  "event_refused",
  "gate_not_open",
  "older_attempt",
  "step_not_completed",
  "duplicate_signal",
];

/** The HTTP status for an error of the engine. */
function statusOf(code: WorkflowErrorCode): ContentfulStatusCode {
  if (code.endsWith("_not_found")) return 404;
  if (code.startsWith("invalid_") || code === "unknown_agent") return 400;
  if (CONFLICTS.includes(code)) return 409;
  if (code.endsWith("_damaged")) return 422;
  if (code.startsWith("database_") || code === "engine_closed") return 503;
  return 500;
}

/** Answers a request with what went wrong. */
export function refuse(context: Context, error: unknown): Response {
  if (error instanceof RefusedRequest) return context.json(error.body, error.status);
  if (error instanceof WorkflowError) {
    if (error.code === "database_busy") context.header("Retry-After", "1");
    return context.json(apiErrorOf(error), statusOf(error.code));
  }
  return context.json({ code: "internal", message: messageOf(error) } satisfies ApiError, 500);
}

/** An error of the engine as the API sends it. */
export function apiErrorOf({ code, message, remedy, runId }: WorkflowError): ApiError {
  return {
    code,
    message,
    ...(remedy !== undefined && { remedy }),
    ...(runId !== undefined && { runId }),
  };
}
