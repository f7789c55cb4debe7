// Writes workflow.schema.json, which editors read while a workflow is typed: `pnpm generate`.
import { writeFileSync } from "node:fs";
import { workflowJsonSchema } from "../dist/json-schema.js";

writeFileSync(
  new URL("../workflow.schema.json", import.meta.url),
  `${JSON.stringify(workflowJsonSchema(), null, 2)}\n`,
);
