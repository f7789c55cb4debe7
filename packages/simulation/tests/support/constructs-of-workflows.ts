import { type Expression, Expressions, Templates } from "@automatosx/rescript-core";
import { CONSTRUCTS, constructsIn } from "../../../rescript-core/tests/support/constructs.js";
import type { TypedWorkflow } from "./random-typed-workflows.js";

/** Keys, modes and names of the language, as they are found in the text of a workflow. */
const MARKS: Readonly<Record<string, RegExp>> = {
  if: /"if":/,
  foreach: /"foreach":/,
  key: /"key":/,
  as: /"as":/,
  concurrency: /"concurrency":/,
  loop: /"loop":/,
  until: /"until":/,
  outputs: /"outputs":/,
  with: /"with":/,
  run: /"run":/,
  output: /"output":/,
  continueOnError: /"continueOnError":/,
  done: /"done"/,
  "ok-or-skipped": /"ok-or-skipped"/,
  any: /"join":"any"/,
  listed: /"order":"listed"/,
  item: /\bitem\b/,
  index: /\bindex\b/,
  round: /\bround\b/,
  previous: /\bprevious\b/,
  status: /\.status\b/,
};

/** What each share of the workflows must have: constructs of expressions and of workflows. */
export const CONSTRUCTS_OF_WORKFLOWS: readonly string[] = [...CONSTRUCTS, ...Object.keys(MARKS)];

/** The expressions of every text in a value. */
function* expressionsIn(value: unknown, key?: string): Generator<Expression, void, undefined> {
  if (typeof value === "string") {
    const isField = key === "if" || key === "until" || key === "foreach" || key === "key";
    const field = isField ? Expressions.parseField(value) : undefined;
    if (field?.ok) yield field.expression;
    else
      for (const part of Templates.parse(value).parts)
        if (typeof part === "object") yield part.expression;
  } else if (typeof value === "object" && value !== null)
    for (const [name, item] of Object.entries(value)) yield* expressionsIn(item, name);
}

/** The constructs that a workflow has. */
export function constructsOf({ written }: TypedWorkflow): ReadonlySet<string> {
  const text = JSON.stringify(written);
  const found = new Set(Object.keys(MARKS).filter((name) => MARKS[name]?.test(text)));
  for (const expression of expressionsIn(written))
    for (const name of constructsIn(expression).constructs) found.add(name);
  return found;
}
