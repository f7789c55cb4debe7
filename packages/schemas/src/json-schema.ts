import { z } from "zod";
import { EXTENSION_PREFIX } from "./extensible.js";
import { WrittenWorkflow } from "./written-workflow.schema.js";

/**
 * The JSON Schema of a workflow as written. Draft 7 is the newest version that YAML editors
 * support.
 */
export function workflowJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(WrittenWorkflow, {
    target: "draft-7",
    io: "input",
    override: ({ jsonSchema }) => {
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
