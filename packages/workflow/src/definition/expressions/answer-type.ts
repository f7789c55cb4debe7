import { DEFAULT_FORM, normaliseForm } from "@automatosx/schemas/written";
import { Schemas, type ValueType, ValueTypes } from "../../core/expressions.js";
import { ownValue } from "../steps/own-value.js";

/** The type of the result of one attempt of a step without inner steps. */
export function answerType(written: unknown): ValueType {
  const gate = ownValue(written, "gate");
  if (gate !== undefined) return gateType(gate);
  const wait = ownValue(written, "wait");
  if (wait !== undefined) return waitType(wait);
  const stop = ownValue(written, "stop");
  if (stop !== undefined)
    return ownValue(stop, "reason") === undefined ? ValueTypes.nullType : ValueTypes.text;
  const output = ownValue(written, "output");
  if (output !== undefined) return typeOf(output);
  const run = ownValue(written, "run");
  if (run === undefined) return ValueTypes.any;
  const codes = ownValue(run, "okExitCodes");
  return Array.isArray(codes) && codes.length > 1 ? EXIT : ValueTypes.text;
}

function typeOf(schema: unknown): ValueType {
  const read = Schemas.read(schema);
  return read.ok ? Schemas.typeOf(read.schema) : ValueTypes.any;
}

/** The type of the result of a program that may complete with several exit codes. */
const EXIT = ValueTypes.object(
  [
    { name: "stdout", valueType: ValueTypes.text, isRequired: true },
    { name: "exitCode", valueType: ValueTypes.integer, isRequired: true },
  ],
  undefined,
);

/** The values of the form and `approved`. A rejection that continues has no values but a note. */
function gateType(gate: unknown): ValueType {
  const form = ownValue(gate, "form");
  const isContinued = ownValue(gate, "onReject") === "continue";
  const approved = isContinued ? ValueTypes.enumOf([true]) : ValueTypes.boolean;
  const values = typeOf(normaliseForm(isMap(form) ? form : DEFAULT_FORM));
  const approval = ValueTypes.withProperty(values, {
    name: "approved",
    valueType: approved,
    isRequired: true,
  });
  return isContinued ? ValueTypes.union([approval, REJECTION]) : approval;
}

const REJECTION = ValueTypes.object(
  [
    { name: "note", valueType: ValueTypes.text, isRequired: false },
    { name: "approved", valueType: ValueTypes.enumOf([false]), isRequired: true },
  ],
  ValueTypes.nothing,
);

/** The type of the signal's data, or null if it may not arrive in time; null for other waits. */
function waitType(wait: unknown): ValueType {
  if (ownValue(wait, "signal") === undefined) return ValueTypes.nullType;
  const form = ownValue(wait, "form");
  const data = isMap(form) ? typeOf(normaliseForm(form)) : ValueTypes.any;
  return ownValue(wait, "onTimeout") === "continue" ? ValueTypes.nullable(data) : data;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
