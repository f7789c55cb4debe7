/** What one issue code stands for. The reference of issue codes is generated from these. */
export interface IssueKind {
  /** Stable: tools may look for it. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** A sentence without its full stop. */
  readonly title: string;
  /** What to do in general. An issue has a more exact remedy where one is known. */
  readonly remedy: string;
}

export function errorKind(code: string, title: string, remedy: string): IssueKind {
  return { code, severity: "error", title, remedy };
}

export function warningKind(code: string, title: string, remedy: string): IssueKind {
  return { code, severity: "warning", title, remedy };
}
