import type { Issue } from "./render/error.js";

interface UsageErrorDetails {
  readonly code?: string;
  readonly remedy?: string;
  readonly next?: string;
  readonly issues?: readonly Issue[];
  readonly file?: string;
}

/** Something that the caller of `axw` has to put right: what is wrong, the remedy, and the command to type next. */
export class UsageError extends Error {
  readonly code: string;
  readonly remedy: string | undefined;
  readonly next: string | undefined;
  readonly issues: readonly Issue[];
  /** The file that the issues are in; undefined where the message tells them. */
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
