/**
 * Evaluates every expression of the golden file, without a test runner: a runner generates code,
 * and the language must not need that. Prints what differs, as JSON.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import * as Expressions from "../../src/expressions/Expressions.res.js";

type Outcome = { gives: unknown } | { fails: string } | { refused: string };
type Golden = { expression: string } & Outcome;

interface GoldenFile {
  readonly names: Record<string, unknown>;
  readonly steps: Record<string, Record<string, unknown>>;
  readonly cases: readonly Golden[];
}

export const golden = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "golden-expressions.json"), "utf8"),
) as GoldenFile;

const own = (map: object | undefined, key: string): unknown =>
  map !== undefined && Object.hasOwn(map, key) ? (map as Record<string, unknown>)[key] : undefined;
const bindings = {
  name: (name: string) => own(golden.names, name),
  step: (id: string, field: string) => own(own(golden.steps, id) as object | undefined, field),
};

function outcome(expression: string): Outcome {
  const parsed = Expressions.parse(expression);
  if (!parsed.ok) return { refused: parsed.problems[0]?.code ?? "" };
  const result = Expressions.evaluate(parsed.expression, bindings);
  return result.ok ? { gives: result.value } : { fails: result.failure.kind };
}

/** The expressions that have another outcome than the golden file says, with what they have now. */
export const differences = (): Golden[] =>
  golden.cases.flatMap(({ expression, ...expected }) => {
    const found = outcome(expression);
    return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ expression, ...found }];
  });

if (import.meta.main) {
  process.stdout.write(JSON.stringify({ count: golden.cases.length, differences: differences() }));
}
