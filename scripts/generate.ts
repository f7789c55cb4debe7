// Writes every generated file that is committed. `npm run verify` runs it and fails when one comes out different.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, toolEnvironment } from "./turbo.ts";

interface Generator {
  /** From the repository's root. */
  readonly folder: string;
  readonly script: string;
  readonly writes: readonly string[];
}

export const generators: readonly Generator[] = [
  {
    folder: "packages/schemas",
    script: "scripts/generate-json-schema.ts",
    writes: ["packages/schemas/workflow.schema.json"],
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

/** Runs every generator; gives the names of those that failed. */
export function generate(): string[] {
  return generators.flatMap(({ folder, script }) => {
    const run = spawnSync(process.execPath, [script], {
      cwd: join(root, folder),
      env: toolEnvironment,
      stdio: ["ignore", "ignore", "inherit"],
    });
    return run.status === 0 ? [] : [`${folder}/${script}`];
  });
}

if (import.meta.main) {
  const failed = generate();
  for (const name of failed) console.error(`${name} failed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
