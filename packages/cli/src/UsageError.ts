import type { WorkflowErrorCode } from "@automatosx/workflow/errors";
import type { NextLine } from "./next/actions.js";
import type { Issue } from "./render/error.js";

interface UsageErrorDetails {
  /** Default `invalid_argument`. */
  readonly code?: WorkflowErrorCode;
  readonly remedy?: string;
  /** The line to print next. Default: the line for the action suggested by the code. */
  readonly next?: NextLine;
  readonly issues?: readonly Issue[];
  /** The file that contains the issues. If absent, the message describes the issues. */
  readonly file?: string;
}

/**
 * An error that the user of `axw` can correct: what is wrong, the remedy, and the command to type
 * next.
 */
export class UsageError extends Error {
  readonly code: WorkflowErrorCode;
  readonly remedy: string | undefined;
  readonly next: NextLine | undefined;
  readonly issues: readonly Issue[];
  readonly file: string | undefined;

  constructor(message: string, details: UsageErrorDetails = {}) {
    super(message);
    this.name = "UsageError";
    this.code = details.code ?? "invalid_argument";
    this.remedy = details.remedy;
    this.next = details.next;
    this.issues = details.issues ?? [];
    this.file = details.file;
  }
}
