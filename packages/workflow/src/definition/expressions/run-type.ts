import { type ValueType, ValueTypes } from "../../core/expressions.js";
import type { Phase } from "../steps/step-tree.js";

/** The type of a failed step in `run.failed`. */
const FAILED = ValueTypes.object(
  ["id", "error"].map((name) => ({ name, valueType: ValueTypes.text, isRequired: true })),
  undefined,
);

/** The type of `run` at a place. Handlers also see how the run ends. */
export function runType({
  hasDirectory,
  phase,
}: {
  readonly hasDirectory: boolean;
  readonly phase: Phase | undefined;
}): ValueType {
  const types: [name: string, valueType: ValueType][] = [["id", ValueTypes.text]];
  if (hasDirectory) types.push(["dir", ValueTypes.text]);
  if (phase !== undefined)
    types.push(
      ["status", ValueTypes.enumOf(["completed", "failed", "cancelled"])],
      ["error", phase === "failure" ? ValueTypes.text : ValueTypes.nullable(ValueTypes.text)],
      ["reason", ValueTypes.nullable(ValueTypes.text)],
      ["failed", ValueTypes.list(FAILED)],
    );
  return ValueTypes.object(
    types.map(([name, valueType]) => ({ name, valueType, isRequired: true })),
    undefined,
  );
}
