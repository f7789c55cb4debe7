import { cleanLine } from "@automatosx/workflow/terminal-text";
import { axw, commandText, type PlaceFlags } from "../command.js";
import type { Output } from "../Output.js";
import { excerptLines } from "./excerpt.js";
import { shortResult } from "./reason.js";
import { shortId } from "./short-id.js";

/** The maximum number of results that are printed. */
const RESULT_LIMIT = 40;

/** The maximum number of inputs that are printed. */
const INPUT_LIMIT = 20;

/**
 * Prints the results of a run, the beginning and the end of each, with the command that prints it
 * all.
 */
export function renderResults(
  out: Output,
  runId: string,
  results: Readonly<Record<string, unknown>>,
  place: PlaceFlags,
): void {
  const entries = Object.entries(results);
  if (entries.length === 0) return;
  const command = (...stepIds: readonly string[]): string =>
    commandText(axw("result", shortId(runId), ...stepIds), out.typedAxw, place);
  out.line(out.paint("bold", "results"));
  for (const [stepId, result] of entries.slice(0, RESULT_LIMIT))
    for (const line of resultLines(stepId, result, command(stepId))) out.line(line);
  if (entries.length > RESULT_LIMIT)
    out.line(`  … and ${entries.length - RESULT_LIMIT} more: ${command()} prints them all`);
}

/** Prints the outputs of a run, the beginning and the end of each. */
export function renderOutputs(
  out: Output,
  runId: string,
  outputs: Readonly<Record<string, unknown>>,
  place: PlaceFlags,
): void {
  const command = commandText(axw("result", shortId(runId)), out.typedAxw, place);
  out.line(out.paint("bold", "outputs"));
  for (const [name, value] of Object.entries(outputs))
    for (const line of resultLines(name, value, command)) out.line(line);
}

function resultLines(stepId: string, result: unknown, command: string): readonly string[] {
  const text = typeof result === "string" ? result : JSON.stringify(result, undefined, 2);
  const lines = excerptLines(text, command);
  const name = cleanLine(stepId);
  const [only = ""] = lines;
  return lines.length === 1
    ? [`  ${name}: ${only}`]
    : [`  ${name}:`, ...lines.map((line) => `    ${line}`)];
}

/** The inputs of a run on one line: the beginning of each value as JSON. */
export function inputsText(inputs: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(inputs);
  const shown = entries
    .slice(0, INPUT_LIMIT)
    .map(([name, value]) => `${cleanLine(name)}: ${shortResult(value)}`);
  const rest = entries.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… and ${rest} more: --json prints them all`] : [])].join(", ");
}
