// Writes the JSON Schemas, which editors read while a file is typed: `pnpm generate`.
import { writeFileSync } from "node:fs";
import { workflowJsonSchema } from "../dist/json-schema.js";
import { testFileJsonSchema } from "../dist/test-files/json-schema.js";

const schemas = {
  "workflow.schema.json": workflowJsonSchema(),
  "test.schema.json": testFileJsonSchema(),
};
for (const [name, schema] of Object.entries(schemas))
  writeFileSync(new URL(`../${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
