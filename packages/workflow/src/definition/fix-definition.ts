import { applyEdits, compatibleFixes } from "@automatosx/source";
import type { DefinitionFix, DefinitionIssue } from "../errors.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { type PrepareOptions, type PrepareOutcome, tryPrepare } from "./prepare-workflow.js";

/** Maximum number of times that a text is checked again. Each pass fixes at least one issue. */
const MAX_PASSES = 100;

/** A fix that was made, with the place of its issue in the text before the fix. */
export interface AppliedFix {
  /** The code of the issue: `AXW1305`. */
  readonly code: string;
  /** What was done, as an instruction: ``add `build` to `dependencies` ``. */
  readonly title: string;
  /** The line of the issue, from 1. */
  readonly line: number;
  /** The column of the issue, from 1. */
  readonly column: number;
}

/** A text with its safe fixes made, and what is left. */
export interface FixedDefinition {
  /** The text with the fixes; the same text if there were none. */
  readonly text: string;
  /** The fixes in the order in which they were made. */
  readonly applied: readonly AppliedFix[];
  /** The issues of the fixed text, and the workflow if it is valid. */
  readonly outcome: PrepareOutcome;
}

type Fixable = DefinitionIssue & { readonly fix: DefinitionFix };

/**
 * Makes every safe fix in the text of a workflow: those that do what the author certainly means.
 * Comments and layout are kept. The text is checked again after each pass, since a fix can reveal
 * or resolve another issue.
 *
 * `fixDefinition("id: w\nsteps: [{ id: a, agent: x, task: t }]\n").text` writes `agentId`.
 */
export function fixDefinition(text: string, options: PrepareOptions = {}): FixedDefinition {
  const applied: AppliedFix[] = [];
  let fixed = text;
  let outcome = tryPrepare(fixed, options);
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const issues = safelyFixable(outcome);
    if (issues.length === 0) break;
    const made = new Set(compatibleFixes(issues.map(({ fix }) => fix)));
    const edits = [...made].flatMap((fix) => fix.edits);
    const next = applyEdits(fixed, edits);
    const checked = tryPrepare(next, options);
    // An edit that makes the text unreadable is a defect. The text before it is better.
    if (isUnreadable(checked) && !isUnreadable(outcome)) break;
    for (const { code, line, column, fix } of issues)
      if (made.has(fix)) applied.push({ code, title: fix.title, line, column });
    fixed = next;
    outcome = checked;
  }
  return { text: fixed, applied, outcome };
}

/** The issues with a safe fix. Of several with equal edits, the first. */
function safelyFixable({ issues }: PrepareOutcome): Fixable[] {
  const seen = new Set<string>();
  return issues.filter((issue): issue is Fixable => {
    if (issue.fix?.safe !== true) return false;
    const edits = JSON.stringify(issue.fix.edits);
    if (seen.has(edits)) return false;
    seen.add(edits);
    return true;
  });
}

function isUnreadable({ issues }: PrepareOutcome): boolean {
  const { invalidYaml, invalidJson, duplicateKey } = ISSUE_KINDS;
  const codes = [invalidYaml, invalidJson, duplicateKey].map(({ code }) => code);
  return issues.some(({ code }) => codes.includes(code));
}
