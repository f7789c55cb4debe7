import { EXTENSION_PREFIX } from "@automatosx/schemas";
import { z } from "zod";
import { AgentsFile } from "./agents-file-guide.js";

/**
 * The JSON Schema of an agents file, for editors. Draft 7 is the newest version that YAML editors
 * support.
 */
export function agentsFileJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(AgentsFile, {
    target: "draft-7",
    io: "input",
    override: ({ path, jsonSchema }) => {
      // Zod cannot express that the file and its agents accept extension keys.
      const isExtensible = path.length === 0 || EXTENSIBLE.has(String(jsonSchema.id));
      if (isExtensible && jsonSchema.additionalProperties === false)
        jsonSchema.patternProperties = {
          [`^${EXTENSION_PREFIX}`]: { description: "Author-defined extension; ignored." },
        };
    },
  });
  return {
    ...schema,
    title: "AutomatosX agents file",
    description: "Agents by id, and receivers of notices of what happens in runs.",
  };
}

const EXTENSIBLE: ReadonlySet<string> = new Set(["ProcessAgent", "PresetAgent"]);
