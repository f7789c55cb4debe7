import { z } from "zod";
import { EXTENSION_PREFIX } from "./extensible.js";
import { WrittenWorkflow } from "./written-workflow.schema.js";

/** The JSON Schema (draft 7, the newest that YAML editors read) of a workflow as written. */
export function workflowJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(WrittenWorkflow, {
    target: "draft-7",
    io: "input",
    override: ({ jsonSchema }) => {
      // Zod cannot say it: keys of this form are the writer's own in every object that is otherwise closed.
      if (jsonSchema.additionalProperties === false) {
        jsonSchema.patternProperties = {
          [`^${EXTENSION_PREFIX}`]: { description: "A note of the writer's own; not read." },
        };
      }
    },
  });
  return {
    ...schema,
    title: "AutomatosX workflow",
    description: "Steps done by agents, and who waits for whom.",
  };
}
