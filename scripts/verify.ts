// `npm run verify`: every check that is not a test. All parts run, even after one has failed.
import { globSync } from "node:fs";
import { completionReport } from "./checks/completion-report.ts";
import { membersWithoutDocstring } from "./checks/docstrings.ts";
import { drift } from "./checks/drift.ts";
import { houseRules } from "./checks/house-rules.ts";
import { importDirections } from "./checks/imports.ts";
import { packageChecks } from "./checks/packages.ts";
import { rescriptDeadCode, rescriptFormat } from "./checks/rescript.ts";
import { complaints } from "./checks/run-tool.ts";
import { generate } from "./generate.ts";
import { readArguments } from "./read-flags.ts";
import { root, turbo } from "./turbo.ts";

const USAGE = `npm run verify -- [PART …] [--fix] [--list]
  PART     runs only these parts, for example: npm run verify -- format lint types
  --fix    formats the sources and regenerates the generated files, then checks
  --list   prints the parts`;

interface Part {
  readonly name: string;
  readonly about: string;
  /** Whether the part reads build output. */
  readonly isAfterBuild: boolean;
  /** Returns the problems; empty if there are none. */
  readonly check: () => string[] | Promise<string[]>;
}

const part = (
  name: string,
  about: string,
  check: Part["check"],
  { isAfterBuild = true }: { isAfterBuild?: boolean } = {},
): Part => ({ name, about, isAfterBuild, check });

const asWritten = { isAfterBuild: false };

const parts: readonly Part[] = [
  part("types", "type-checks every package with its tests", checkTypes),
  part("packages", "packs the public packages and checks the tarballs", packageChecks),
  part("lint", "oxlint, with types", () =>
    complaints("oxlint", ["--type-aware", "--deny-warnings"]),
  ),
  part("unused", "files and exports that nothing uses", () =>
    complaints("knip", ["--no-progress"]),
  ),
  part("generated", "generated files are up to date", drift),
  part(
    "format",
    "biome's format",
    () => complaints("biome", ["check", "--max-diagnostics=20", "."]),
    asWritten,
  ),
  part("rescript-format", "ReScript's format", rescriptFormat, asWritten),
  part("rescript-unused", "values of the core that nothing uses", rescriptDeadCode),
  part("report", "the completion report has its parts", completionReport, asWritten),
  part("imports", "packages and folders import one way", importDirections, asWritten),
  part("docstrings", "each public member says what it is", membersWithoutDocstring),
  part("rules", "the house rules: words, sizes, public names", houseRules),
];

async function checkTypes(): Promise<string[]> {
  const projects = ["tsconfig.json", ...globSync("packages/*/tsconfig.test.json", { cwd: root })];
  const found = await Promise.all(
    projects.map((project) => complaints("tsc", ["-p", project, "--noEmit"])),
  );
  return found.flat();
}

const { values, positionals } = readArguments(USAGE, {
  fix: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
});
const unknown = positionals.find((name) => !parts.some((each) => each.name === name));
if (unknown !== undefined) {
  console.error(
    `There is no part \`${unknown}\`. The parts are: ${parts.map(({ name }) => name).join(", ")}.`,
  );
  process.exit(2);
}
if (values.list) {
  for (const { name, about } of parts) console.log(`${name.padEnd(16)} ${about}`);
  process.exit(0);
}
const chosen = parts.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const startedAt = performance.now();
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);

if (values.fix || chosen.some(({ isAfterBuild }) => isAfterBuild)) {
  if (turbo(["run", "build", "--output-logs=errors-only"], "stderr") !== 0) {
    console.log("failed build: see above");
    process.exit(1);
  }
  console.log(`ok     build (${seconds(startedAt)} s)`);
}
if (values.fix) {
  const problems = [
    ...(await complaints("biome", ["check", "--write", "."])),
    ...(await complaints("rescript", ["format"])),
    ...(await generate()),
  ];
  for (const problem of problems) console.log(problem);
}

const results = await Promise.all(
  chosen.map(async ({ name, check }) => {
    const problems = await check();
    console.log(
      `${problems.length === 0 ? "ok    " : "failed"} ${name} (after ${seconds(startedAt)} s)`,
    );
    for (const problem of problems) console.log(problem.replace(/^/gm, "       "));
    return problems.length;
  }),
);
const failed = results.filter((count) => count > 0).length;
console.log(
  failed === 0
    ? `${chosen.length} parts, all well (${seconds(startedAt)} s)`
    : `${failed} of ${chosen.length} parts failed`,
);
process.exitCode = failed === 0 ? 0 : 1;
