import type { IssueCase } from "./issue-case.js";

/** Issues with gates, waits, stops, failures and budgets. */
export const WAITING_CASES: readonly IssueCase[] = [];
