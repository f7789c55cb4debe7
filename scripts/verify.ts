// `npm run verify`: every check that is not a test. All of them run, also after one has failed.
import { globSync } from "node:fs";
import { drift } from "./checks/drift.ts";
import { houseRules } from "./checks/house-rules.ts";
import { importDirections } from "./checks/imports.ts";
import { packageChecks } from "./checks/packages.ts";
import { rescriptDeadCode, rescriptFormat } from "./checks/rescript.ts";
import { complaints } from "./checks/run-tool.ts";
import { root, turbo } from "./turbo.ts";

const typeProjects = (): string[] => [
  "tsconfig.json",
  ...globSync("packages/*/tsconfig.test.json", { cwd: root }),
];

const checks: readonly (readonly [string, () => string[]])[] = [
  [
    "build",
    () =>
      turbo(["run", "build", "--output-logs=errors-only"], "stderr") === 0
        ? []
        : ["the build failed, see above"],
  ],
  ["format", () => complaints("biome", ["check", "--max-diagnostics=20", "."])],
  ["lint, with types", () => complaints("oxlint", ["--type-aware", "--deny-warnings"])],
  [
    "types, tests included",
    () => typeProjects().flatMap((project) => complaints("tsc", ["-p", project, "--noEmit"])),
  ],
  ["ReScript format", rescriptFormat],
  ["ReScript dead code", rescriptDeadCode],
  ["unused files and exports", () => complaints("knip", ["--no-progress"])],
  ["generated files", drift],
  ["import directions", importDirections],
  ["house rules", houseRules],
  ["packages", packageChecks],
];

let failed = 0;
for (const [name, check] of checks) {
  const began = performance.now();
  const problems = check();
  failed += problems.length > 0 ? 1 : 0;
  console.log(
    `${problems.length === 0 ? "ok    " : "failed"} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`,
  );
  for (const problem of problems) console.log(problem.replace(/^/gm, "       "));
}
console.log(
  failed === 0
    ? `${checks.length} checks, all well`
    : `${failed} of ${checks.length} checks failed`,
);
process.exitCode = failed === 0 ? 0 : 1;
