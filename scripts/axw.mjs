#!/usr/bin/env node
// Runs axw from this clone, in the folder of the caller: `npm run -s axw -- COMMAND …`,
// `npm start [-- FILE]`, `node CLONE/scripts/axw.mjs COMMAND …`, or a symbolic link to this file on
// PATH. Installs and builds what is outdated first. Must run on Node 20.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { builtAt, noteBuilt } from "./built.mjs";
import { callerFolder, root, typedAxw, withoutCaller } from "./caller.mjs";

await import("./setup.mjs");

const MAIN_JOB = "examples/user-authentication/user-authentication.yaml";
/** Leaves out the question of the main job, which needs a terminal. */
const WITHOUT_QUESTION = ["--input", "approval=skip"];
/** The packages that `axw` consists of. */
const PACKAGES = [
  "schemas",
  "rescript-core",
  "source",
  "run-view",
  "workflow",
  "agents",
  "simulation",
  "dashboard",
  "cli",
];
const bin = join(root, "node_modules/.bin");

const modifiedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function newest(folder) {
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.(tsx?|css|html|res|resi|sql|mjs|json)$/.test(name) && !name.endsWith(".gen.ts"),
  );
  return Math.max(0, ...sources.map((name) => modifiedAt(join(folder, name))));
}

function isStale() {
  const folders = PACKAGES.map((name) => join(root, "packages", name, "src"));
  const since = modifiedAt(join(root, "packages/cli/dist/bin.js")) > 0 ? builtAt() : 0;
  return [...folders, join(root, "migrations")].some((folder) => newest(folder) > since);
}

function build() {
  process.stderr.write("building …\n");
  const { status, stdout, stderr } = spawnSync(
    join(bin, "turbo"),
    [
      "run",
      "build",
      "--filter=@automatosx/cli...",
      "--output-logs=errors-only",
      "--log-prefix=none",
    ],
    {
      cwd: root,
      // The tasks call the tools of this clone, and turbo must not mention its own news.
      env: {
        ...process.env,
        PATH: `${bin}${delimiter}${process.env["PATH"]}`,
        TURBO_TELEMETRY_DISABLED: "1",
        DO_NOT_TRACK: "1",
        TURBO_NO_UPDATE_NOTIFIER: "1",
      },
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    process.exit(status ?? 1);
  }
  noteBuilt();
}

const given = process.argv.slice(2);
// `--built` runs what is built, even if the sources are newer.
const isBuilt = given[0] === "--built";
if (isBuilt) given.shift();
else if (isStale()) build();

const starts = given[0] === "--start";
const rest = starts ? given.slice(1) : given;
const isMainJob =
  starts && !rest.some((argument, at) => !argument.startsWith("-") && rest[at - 1] !== "--input");
const asks =
  (process.stdin.isTTY && process.stdout.isTTY) ||
  rest.some((argument) => argument.includes("approval="));
const args = isMainJob
  ? ["run", MAIN_JOB, ...(asks ? [] : WITHOUT_QUESTION), ...rest]
  : starts
    ? ["run", ...rest]
    : rest;
// The programs of the main job are in this repository. Naming its database makes the suggested
// commands work in another folder too.
const folder = isMainJob ? root : callerFolder();
if (isMainJob && callerFolder() !== process.cwd() && process.env["AXW_DB"] === undefined)
  args.push("--db", join(root, ".ax/workflow.db"));

const child = spawn(join(bin, "node"), [join(root, "packages/cli/dist/bin.js"), ...args], {
  cwd: folder,
  stdio: "inherit",
  // The commands that axw suggests must work as typed here, where `axw` may not be on PATH.
  env: { ...withoutCaller(), PWD: folder, AXW_COMMAND: typedAxw(process.argv[1]) },
});
// A terminal sends Ctrl-C to both processes. axw decides how to react, and this process exits with
// the same code.
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  const exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  // The run has completed, or waits for an answer that the page can give too.
  if (isMainJob && [0, 3].includes(exitCode) && !args.includes("--json")) printPageLine();
  process.exit(exitCode);
});

function printPageLine() {
  const at = args.indexOf("--db");
  const db = at === -1 ? [] : args.slice(at, at + 2);
  const words = [typedAxw(process.argv[1]), "serve", "--open", ...db];
  process.stdout.write(`page   ${words.join(" ")}\n       (shows the run in a browser)\n`);
}
