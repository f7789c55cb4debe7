import type { FailureRates } from "@automatosx/simulation";
import { Suggester } from "@automatosx/workflow/source";
import { UsageError } from "./UsageError.js";

/**
 * Reads `--fail STEP=RATE` values. A rate is a number from 0 to 1, or a percentage; the step `*`
 * stands for all steps that are not given.
 */
export function readFailureRates(
  values: readonly string[],
  stepIds: readonly string[],
): FailureRates {
  const rates = new Map<string, number>();
  for (const value of values) {
    const [stepId, rate] = readRate(value, stepIds);
    const before = rates.get(stepId);
    if (before !== undefined && before !== rate)
      refuse(`--fail ${stepId} has two rates: ${before} and ${rate}. Give it once.`);
    rates.set(stepId, rate);
  }
  return Object.fromEntries(rates);
}

function readRate(value: string, stepIds: readonly string[]): [stepId: string, rate: number] {
  const at = value.lastIndexOf("=");
  const [stepId, rate] = [value.slice(0, Math.max(0, at)), value.slice(at + 1)];
  if (at < 1) refuse(`--fail ${value} has no rate.`);
  if (stepId !== "*" && !stepIds.includes(stepId)) refuseStep(stepId, stepIds);
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(rate.trim());
  const share = match === null ? Number.NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
  if (!(share >= 0 && share <= 1))
    refuse(`The rate of --fail ${stepId} must be from 0 to 1, or 0% to 100%; ${rate} is not.`);
  return [stepId, share];
}

/** The arguments from which these rates are read. */
export function failArgs(rates: FailureRates = {}): string[] {
  return Object.entries(rates).flatMap(([stepId, rate]) => ["--fail", `${stepId}=${rate}`]);
}

/** The maximum number of steps that an error lists. */
const NAMED_STEP_LIMIT = 10;

function refuseStep(stepId: string, stepIds: readonly string[]): never {
  const named = stepIds.slice(0, NAMED_STEP_LIMIT).join(", ");
  const more = stepIds.length > NAMED_STEP_LIMIT ? ", …" : "";
  const meant = new Suggester().nearest(stepId, stepIds);
  const question = meant === undefined ? "" : `Did you mean \`${meant}\`? `;
  throw new UsageError(`The workflow has no step \`${stepId}\` for --fail.`, {
    remedy: `${question}Its steps: ${named}${more}.`,
  });
}

function refuse(message: string): never {
  throw new UsageError(message, {
    remedy: "Write the step and how often an attempt fails: --fail deploy=20%.",
  });
}
