import { z } from "zod";
import { EXTENSION_PREFIX } from "./extensible.js";
import { KIND_KEYS } from "./step-kind.js";
import { schemaOfSchemas, WrittenSchema } from "./written-schema.js";
import { WrittenWorkflow } from "./written-workflow.schema.js";

/**
 * The JSON Schema of a workflow as written. Draft 7 is the newest version that YAML editors
 * support.
 */
export function workflowJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(WrittenWorkflow, {
    target: "draft-7",
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === WrittenSchema) {
        const { description } = jsonSchema;
        for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
        Object.assign(jsonSchema, schemaOfSchemas("#/definitions/JsonSchema"), { description });
      }
      // One key identifies each kind of step.
      if (jsonSchema.id === "Step" || jsonSchema.id === "Handler")
        jsonSchema.anyOf = KIND_KEYS.map((key) => ({ required: [key] }));
      // Zod cannot express that every otherwise closed object accepts extension keys.
      if (jsonSchema.additionalProperties === false) {
        jsonSchema.patternProperties = {
          [`^${EXTENSION_PREFIX}`]: {
            description: "Author-defined extension; ignored by the engine.",
          },
        };
      }
    },
  });
  return {
    ...schema,
    title: "AutomatosX workflow",
    description: "Steps performed by agents, and the dependencies between them.",
  };
}
