import { z } from "zod";
import { EXTENSION_PREFIX } from "../extensible.js";
import { TestFile } from "./test-file.schema.js";

/**
 * The JSON Schema of a test file, for editors. Draft 7 is the newest version that YAML editors
 * support.
 */
export function testFileJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(TestFile, {
    target: "draft-7",
    io: "input",
    override: ({ jsonSchema }) => {
      // Zod cannot express that every otherwise closed object accepts extension keys.
      if (jsonSchema.additionalProperties === false)
        jsonSchema.patternProperties = {
          [`^${EXTENSION_PREFIX}`]: {
            description: "Author-defined extension; ignored by `axw test`.",
          },
        };
    },
  });
  return {
    ...schema,
    title: "AutomatosX test file",
    description: "Cases of a workflow: what its agents do, what happens, and what must hold.",
  };
}
