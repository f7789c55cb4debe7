import { cleanLine } from "@automatosx/workflow/terminal-text";
import { axw, commandText } from "../command.js";
import type { Output } from "../Output.js";
import { excerptOf } from "./excerpt.js";
import { shortId } from "./short-id.js";

/** The maximum number of results that are printed. */
const RESULT_LIMIT = 40;

/** How much of the inputs is printed, in characters. */
const INPUTS_LENGTH = 1000;

/**
 * Prints the results of a run, the beginning and the end of each, with the command that prints it
 * all.
 */
export function renderResults(
  out: Output,
  runId: string,
  results: Readonly<Record<string, unknown>>,
  { db }: { readonly db?: string },
): void {
  const entries = Object.entries(results);
  if (entries.length === 0) return;
  const command = (...stepIds: readonly string[]): string =>
    commandText(axw("result", shortId(runId), ...stepIds), out.typedAxw, db);
  out.line(out.paint("bold", "results"));
  for (const [stepId, result] of entries.slice(0, RESULT_LIMIT))
    for (const line of resultLines(out, stepId, result, () => command(stepId))) out.line(line);
  if (entries.length > RESULT_LIMIT)
    out.line(`  … and ${entries.length - RESULT_LIMIT} more: ${command()} prints them all`);
}

function resultLines(
  out: Output,
  stepId: string,
  result: unknown,
  command: () => string,
): readonly string[] {
  const text = typeof result === "string" ? result : JSON.stringify(result, undefined, 2);
  const { head, cutCount, tail } = excerptOf(text);
  const name = cleanLine(stepId);
  const [only = ""] = head;
  if (cutCount === 0 && head.length === 1) return [`  ${name}: ${only}`];
  const cut = `… ${cutCount.toLocaleString("en")} characters are not shown: ${command()}`;
  return [
    `  ${name}:`,
    ...[...head, ...(cutCount === 0 ? [] : [out.paint("gray", cut)]), ...tail].map(
      (line) => `    ${line}`,
    ),
  ];
}

/** Prints the inputs of a run as JSON, unless it has none. */
export function renderInputs(
  out: Output,
  { inputs }: { readonly inputs: Readonly<Record<string, unknown>> },
): void {
  if (Object.keys(inputs).length === 0) return;
  const text = JSON.stringify(inputs);
  const rest = text.length - INPUTS_LENGTH;
  const cut = rest > 0 ? ` … ${rest.toLocaleString("en")} characters more: --json` : "";
  out.line(`inputs   ${cleanLine(text.slice(0, INPUTS_LENGTH))}${cut}`);
}
