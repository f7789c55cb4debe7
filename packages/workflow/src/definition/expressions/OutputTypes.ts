import { Schemas, type ValueType, ValueTypes } from "../../core/expressions.js";
import { inputKeywords } from "../input-keys.js";
import { type OtherWorkflows, otherOf } from "../others/OtherWorkflow.js";
import { entriesOf, ownValue } from "../steps/own-value.js";
import type { StepCertainty } from "../steps/StepCertainty.js";
import { skipsOnExpiry } from "../steps/skips-itself.js";
import type { StepGroup, StepNode } from "../steps/step-tree.js";
import { answerType } from "./answer-type.js";

/** The type of a written JSON value, whose texts may contain expressions. */
export type ValueTyper = (value: unknown, step: StepNode) => ValueType;

/** The types of what steps give when they complete. */
export class OutputTypes {
  readonly #certainty: StepCertainty;
  readonly #others: OtherWorkflows;
  readonly #typeOfOutputs: ValueTyper;
  readonly #bodies = new Map<StepNode, ValueType>();

  constructor(certainty: StepCertainty, others: OtherWorkflows, typeOfOutputs: ValueTyper) {
    this.#certainty = certainty;
    this.#others = others;
    this.#typeOfOutputs = typeOfOutputs;
  }

  /** The type of a step's output: of a fan-out the list, of a loop the last round. */
  of(step: StepNode): ValueType {
    const body = this.body(step);
    if (ownValue(step.written, "foreach") === undefined) return body;
    // A failed item that is tolerated gives null, and so does one that is skipped.
    const isIncomplete =
      ownValue(step.written, "continueOnError") === true || skipsOnExpiry(step.written);
    return ValueTypes.list(isIncomplete ? ValueTypes.nullable(body) : body);
  }

  /** The type of what one item or one round gives. */
  body(step: StepNode): ValueType {
    const known = this.#bodies.get(step);
    if (known !== undefined) return known;
    // `outputs` that refer to the round before refer to themselves.
    this.#bodies.set(step, ValueTypes.any);
    const type = this.#make(step);
    this.#bodies.set(step, type);
    return type;
  }

  /** The type of a map with the outputs of all steps of a list. */
  ofGroup(group: StepGroup): ValueType {
    const properties = group.steps.flatMap((step) => {
      if (step.id === undefined) return [];
      const type = this.of(step);
      const valueType = this.#certainty.isCompleted(step) ? type : ValueTypes.nullable(type);
      return [{ name: step.id, valueType, isRequired: true }];
    });
    return ValueTypes.object(properties, undefined);
  }

  #make(step: StepNode): ValueType {
    const { written, inner } = step;
    const other = otherOf(this.#others, written);
    if (other !== undefined) return other.outputType();
    if (inner === undefined) return answerType(written);
    const outputs = ownValue(written, "outputs");
    return outputs === undefined ? this.ofGroup(inner) : this.#typeOfOutputs(outputs, step);
  }
}

/** Whether the output of a step is what one agent says, which may be anything. */
export function isProse({ written, inner }: StepNode): boolean {
  return (
    inner === undefined &&
    ["output", "run", "foreach", "gate", "wait", "stop", "include", "workflow"].every(
      (key) => ownValue(written, key) === undefined,
    )
  );
}

/** The type of the inputs of a workflow, by their declarations. */
export function inputsType(inputs: unknown): ValueType {
  const properties = entriesOf(inputs).map(([name, declared]) => ({
    name,
    valueType: inputType(declared),
    isRequired: isPresent(declared),
  }));
  return ValueTypes.object(properties, undefined);
}

/** Whether every run has a value for an input. */
export function isPresent(declared: unknown): boolean {
  return ownValue(declared, "default") !== undefined || ownValue(declared, "required") !== false;
}

/** The type of an input by its declaration. */
export function inputType(declared: unknown): ValueType {
  if (typeof declared === "string") return typeNamed(declared);
  const read = Schemas.read(Object.fromEntries(inputKeywords(declared)));
  return read.ok ? Schemas.typeOf(read.schema) : ValueTypes.any;
}

function typeNamed(name: string): ValueType {
  const read = Schemas.read({ type: name });
  return read.ok ? Schemas.typeOf(read.schema) : ValueTypes.any;
}

/**
 * The type of the context of a workflow that others include or run: the declared keys are there,
 * and no caller adds others, such as those in `read`.
 */
export function innerContextType(context: unknown, read: Iterable<string>): ValueType {
  const declared = new Set(entriesOf(context).map(([name]) => name));
  const properties = [...new Set([...declared, ...read])].map((name) => ({
    name,
    valueType: ValueTypes.any,
    isRequired: declared.has(name),
  }));
  return ValueTypes.object(properties, ValueTypes.any);
}

/** The type of the context: the declared keys are there, and a caller may add others. */
export function contextType(context: unknown): ValueType {
  if (context === undefined) return ValueTypes.any;
  const properties = entriesOf(context).map(([name]) => ({
    name,
    valueType: ValueTypes.any,
    isRequired: true,
  }));
  return ValueTypes.object(properties, ValueTypes.any);
}
