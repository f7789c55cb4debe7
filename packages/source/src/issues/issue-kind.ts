/** The meaning of one issue code. The reference of issue codes is generated from these. */
export interface IssueKind {
  /** Stable, so that tools can match it. */
  readonly code: string;
  /** Whether the workflow cannot be run, or only a warning. */
  readonly severity: "error" | "warning";
  /** A sentence without its full stop. */
  readonly title: string;
  /** The general remedy. An issue has a more specific one where possible. */
  readonly remedy: string;
}

export function errorKind(code: string, title: string, remedy: string): IssueKind {
  return { code, severity: "error", title, remedy };
}

export function warningKind(code: string, title: string, remedy: string): IssueKind {
  return { code, severity: "warning", title, remedy };
}

/** The same kind as a warning: the text is valid, but probably not what its author means. */
export function asWarning(kind: IssueKind): IssueKind {
  return { ...kind, severity: "warning" };
}

/** The same kind as an error, for a command that cannot do its work because of it. */
export function asError(kind: IssueKind): IssueKind {
  return { ...kind, severity: "error" };
}
