import { addEntry, isInJson, quoted } from "@automatosx/source";
import type { DefinitionFix } from "../../errors.js";
import { type CheckPlace, editPlaceOf } from "../check-place.js";
import { replacePiece } from "../fixes.js";
import { entriesOf, ownValue } from "../steps/own-value.js";
import type { StepTree } from "../steps/step-tree.js";
import { attachedSteps, type WrittenLeaf } from "../steps/written-leaves.js";
import { type ExpressionPlace, OPEN } from "./expression-places.js";
import type { PlaceReporter } from "./PlaceReporter.js";
import { type PlacedExpression, parsePlace } from "./parse-places.js";

/** Shells in which `"$NAME"` is the value of a variable. */
const POSIX_SHELL = /(?:^|[\\/])(?:ba|da|k|z)?sh$/;

/**
 * Reports `${{ }}` in scripts. A value that is spliced into the text of a script could change what
 * the script does; in a variable of its environment it is only a value.
 */
export function checkScripts(steps: StepTree, reporter: PlaceReporter, place: CheckPlace): void {
  for (const group of steps.groups)
    for (const step of group.steps) {
      checkScriptOf({ step }, reporter, place);
      for (const attached of attachedSteps(step.written, step.path))
        checkScriptOf({ step, attached }, reporter, place);
    }
}

function checkScriptOf(
  holder: Pick<ExpressionPlace, "step" | "attached">,
  reporter: PlaceReporter,
  place: CheckPlace,
): void {
  const { written, path } = holder.attached ?? holder.step ?? { written: undefined, path: [] };
  const script = ownValue(ownValue(written, "run"), "script");
  if (typeof script !== "string" || !script.includes(OPEN)) return;
  const at = [...path, "run", "script"];
  const text = { role: "input", ...holder, path: at, text: script, isField: false } as const;
  checkScript(text, reporter, place);
}

function checkScript(at: ExpressionPlace, reporter: PlaceReporter, place: CheckPlace): void {
  const { expressions, problems } = parsePlace(at);
  for (const part of expressions) {
    const written = at.text.slice(part.outer.start, part.outer.end);
    reporter.add(at, {
      code: "AXW1621",
      message: `${quoted(written)} in a script would let its value change what the script does`,
      span: part.outer,
      fix: moveToEnvironment(at, part, place),
    });
  }
  for (const { message, span } of problems)
    reporter.add(at, {
      code: "AXW1621",
      message: `a script must not contain \`\${{ }}\`: ${message}`,
      span,
    });
}

/** The fix that passes a value in a variable. */
function moveToEnvironment(
  at: ExpressionPlace,
  { outer, references }: PlacedExpression,
  place: CheckPlace,
): DefinitionFix | undefined {
  const { path, text } = at;
  const step = at.attached ?? at.step;
  if (step === undefined) return undefined;
  const run = ownValue(step.written, "run");
  const reference = text.slice(outer.start, outer.end);
  const environment = entriesOf(ownValue(run, "env"));
  const known = environment.find(([, value]) => value === reference)?.[0];
  const name = known ?? variableFor(references[0]?.path.at(-1), environment);
  const quote = quoteAt(text, outer.start);
  const variable =
    quote === "double" ? `\${${name}}` : quote === "single" ? `'"$${name}"'` : `"$${name}"`;
  const span = [outer.start, outer.end] as const;
  const written = replacePiece(editPlaceOf(place), { path, text, span }, variable, { safe: false });
  const entry =
    known === undefined ? entryFor(step, environment, { name, reference }, place) : undefined;
  if (written === undefined || (known === undefined && entry === undefined)) return undefined;
  return {
    title: `pass the value in \`env\` as \`${name}\``,
    // Within single quotes, or in another shell, only the author knows what is meant.
    safe: isPosix(run) && quote !== "single" && !text.includes("<<"),
    edits: [...written.edits, ...(entry === undefined ? [] : [entry])],
  };
}

function entryFor(
  { path }: WrittenLeaf,
  environment: readonly (readonly [string, unknown])[],
  { name, reference }: { readonly name: string; readonly reference: string },
  place: CheckPlace,
) {
  const edits = editPlaceOf(place);
  const value = JSON.stringify(reference);
  const [first] = environment;
  if (first !== undefined)
    return addEntry(edits, [...path, "run", "env"], first[0], { key: name, written: value });
  const key = isInJson(edits.source) ? JSON.stringify(name) : name;
  const entry = { key: "env", written: `{ ${key}: ${value} }` };
  return addEntry(edits, [...path, "run"], "script", entry);
}

function isPosix(run: unknown): boolean {
  const shell = ownValue(run, "shell");
  return shell === undefined || (Array.isArray(shell) && POSIX_SHELL.test(String(shell[0])));
}

/** The name of a variable for a value, as the names of variables are usually written. */
function variableFor(
  element: string | number | undefined,
  environment: readonly (readonly [string, unknown])[],
): string {
  const word = String(element ?? "value")
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/\W/g, "_")
    .toUpperCase();
  const base = /^(?:AX_|\d|$)/.test(word) ? `VALUE_${word}` : word;
  const taken = new Set(environment.map(([name]) => name));
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`;
  return name;
}

/** In which quotes of a shell a place of a script is. */
function quoteAt(script: string, end: number): "none" | "single" | "double" {
  let quote: "none" | "single" | "double" = "none";
  for (let at = 0; at < end; at += 1) {
    const character = script[at];
    if (character === "\\" && quote !== "single") at += 1;
    else if (character === "'" && quote !== "double")
      quote = quote === "single" ? "none" : "single";
    else if (character === '"' && quote !== "single")
      quote = quote === "double" ? "none" : "double";
    else if (character === "#" && quote === "none" && /^$|[\s;&|()]/.test(script[at - 1] ?? ""))
      at = lineEnd(script, at);
  }
  return quote;
}

function lineEnd(script: string, from: number): number {
  const end = script.indexOf("\n", from);
  return end < 0 ? script.length : end;
}
