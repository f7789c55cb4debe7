// `npm run -s axw -- COMMAND …` and `npm start [-- FILE]`: builds outdated packages, then runs axw.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, turbo } from "./turbo.ts";

const MAIN_JOB = "examples/repository-review.yaml";
const stamp = join(root, "node_modules/.cache/axw-built");

const modifiedAt = (path: string): number =>
  statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function newest(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sources = names.filter(
    (name) => /\.(ts|res|resi|sql|mjs|json)$/.test(name) && !name.endsWith(".gen.ts"),
  );
  return Math.max(0, ...sources.map((name) => modifiedAt(join(folder, name))));
}

function isStale(): boolean {
  const folders = [
    "schemas",
    "rescript-core",
    "source",
    "run-view",
    "workflow",
    "agents",
    "simulation",
    "cli",
  ].map((name) => join(root, "packages", name, "src"));
  const builtAt = modifiedAt(join(root, "packages/cli/dist/bin.js")) > 0 ? modifiedAt(stamp) : 0;
  return [...folders, join(root, "migrations")].some((folder) => newest(folder) > builtAt);
}

if (isStale()) {
  process.stderr.write("building …\n");
  const status = turbo(
    [
      "run",
      "build",
      "--filter=@automatosx/cli...",
      "--output-logs=errors-only",
      "--log-prefix=none",
    ],
    "stderr",
  );
  if (status !== 0) process.exit(status);
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  writeFileSync(stamp, "");
}

const given = process.argv.slice(2);
const starts = given[0] === "--start";
const rest = starts ? given.slice(1) : given;
const hasFile = rest.some((argument) => !argument.startsWith("-"));
const args = starts ? ["run", ...(hasFile ? [] : [MAIN_JOB]), ...rest] : rest;

// The commands that axw suggests must work as typed here, where `axw` is not on PATH.
const env = { ...process.env, AXW_COMMAND: "npm run -s axw --" };
const child = spawn(process.execPath, [join(root, "packages/cli/dist/bin.js"), ...args], {
  stdio: "inherit",
  env,
});
// A terminal sends Ctrl-C to both processes. axw decides how to react, and this process exits with
// the same code.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
