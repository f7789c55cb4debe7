// Writes every generated file that is committed. `npm run verify` fails when one of them changes.
import { complaints } from "./checks/run-tool.ts";

interface Generator {
  /** From the repository's root. */
  readonly folder: string;
  readonly script: string;
  readonly writes: readonly string[];
}

export const generators: readonly Generator[] = [
  {
    folder: "packages/workflow",
    script: "scripts/generate-migrations.ts",
    writes: ["packages/workflow/src/storage/sqlite/migrations.json"],
  },
  {
    folder: "packages/backend-postgres",
    script: "scripts/generate-migrations.ts",
    writes: ["packages/backend-postgres/src/storage/schema/migrations.json"],
  },
  {
    folder: "packages/schemas",
    script: "scripts/generate-json-schema.ts",
    writes: ["packages/schemas/workflow.schema.json", "packages/schemas/test.schema.json"],
  },
  {
    folder: "packages/dashboard",
    script: "scripts/generate-openapi.ts",
    writes: ["packages/dashboard/openapi.json"],
  },
  {
    folder: "packages/rescript-core",
    script: "scripts/generate-transitions.ts",
    writes: ["docs/reference/transitions.md"],
  },
  { folder: ".", script: "scripts/generate-api-reference.ts", writes: ["docs/reference/api.md"] },
  {
    folder: ".",
    script: "scripts/generate-error-reference.ts",
    writes: ["docs/reference/errors.md"],
  },
  {
    folder: ".",
    script: "scripts/generate-workflow-file-reference.ts",
    writes: ["docs/reference/workflow-file.md"],
  },
];

/**
 * Runs the generators in order, because the last one reads the output of the first. Returns the
 * failures.
 */
export async function generate(): Promise<string[]> {
  const failed: string[] = [];
  for (const { folder, script } of generators)
    failed.push(...(await complaints(process.execPath, [script], folder)));
  return failed;
}

if (import.meta.main) {
  const failed = await generate();
  for (const output of failed) console.error(output);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
