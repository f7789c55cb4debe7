import type { InputDefinition } from "@automatosx/schemas";

/** JSON Schema of the inputs of a workflow: an object with one property for each. */
export interface InputForm {
  readonly type: "object";
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

/** Returns the schema by which a form asks for the inputs of a workflow. */
export function inputForm(inputs: Readonly<Record<string, InputDefinition>>): InputForm {
  const declared = Object.entries(inputs);
  return {
    type: "object",
    properties: Object.fromEntries(declared.map(([name, input]) => [name, schemaOf(input)])),
    required: declared
      .filter(([, input]) => input.required && input.default === undefined)
      .map(([name]) => name),
    additionalProperties: false,
  };
}

function schemaOf(input: InputDefinition): Readonly<Record<string, unknown>> {
  const { type, description, default: initial, schema } = input;
  return {
    ...(schema ?? (type !== "any" && { type })),
    ...(description !== undefined && { description }),
    ...(initial !== undefined && { default: initial }),
  };
}
