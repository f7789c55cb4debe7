import type { Run } from "../../api/run.schema.js";
import { call } from "./call.js";

let early: { readonly run: string; readonly answer: Promise<Run> } | undefined;

/** Asks for the run that the address names, while the code of its screen is still loading. */
export function askEarly([screen, run]: readonly string[]): void {
  if (screen !== "runs" || run === undefined) return;
  const answer = call("run", { params: { run } });
  // The screen that takes the answer handles the refusal.
  answer.catch(() => {});
  early = { run, answer };
}

/** Returns the answer that was asked for early, once: a later visit reads the run again. */
export function takeEarly(run: string): Promise<Run> | undefined {
  if (early?.run !== run) return undefined;
  const { answer } = early;
  early = undefined;
  return answer;
}
