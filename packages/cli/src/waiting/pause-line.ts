import type { BudgetReport, Pause } from "@automatosx/workflow/run-view";
import { type NextLine, next } from "../next/actions.js";
import { raisingFlags } from "../render/budget.js";
import { shortId } from "../render/short-id.js";
import { questionLine } from "./question-line.js";

/**
 * The line that lets a held run continue; undefined if a plain resume is enough. `run`: its short
 * id. `args`: the arguments with which it is resumed.
 */
export function pauseLine(
  run: string,
  { reason, questions, heldRun, budget }: Pause,
  args: readonly string[],
): NextLine | undefined {
  const [first] = questions;
  if (reason === "waiting" && first !== undefined) return questionLine(run, first);
  // A resume of the child run resumes the run that waits for it.
  if (heldRun !== undefined) return budgetLine(shortId(heldRun.runId), heldRun.budget, args);
  return reason !== "budget" || budget === undefined ? undefined : budgetLine(run, budget, args);
}

function budgetLine(
  run: string,
  budget: BudgetReport,
  args: readonly string[],
): NextLine | undefined {
  if (budget.heldBy === "unmetered") return next("allow_unmetered", "unmetered", { run, args });
  const flags = raisingFlags(budget);
  return flags === undefined
    ? undefined
    : next("raise_budget", "over_budget", { run, args: [...flags, ...args] });
}
