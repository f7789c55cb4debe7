import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../turbo.ts";
import { sourceFiles } from "./run-tool.ts";

/**
 * The packages that each package's sources may import. Tests, scripts and harnesses may import any.
 */
const PACKAGES: Readonly<
  Record<string, { readonly may: readonly string[]; readonly why: string }>
> = {
  schemas: { may: [], why: "the vocabulary uses no other package" },
  "rescript-core": { may: [], why: "the core makes decisions without other packages" },
  source: { may: ["schemas"], why: "text and places serve every file reader" },
  "run-view": {
    may: ["schemas", "rescript-core"],
    why: "a browser folds a run from its journal alone",
  },
  workflow: {
    may: ["schemas", "rescript-core", "source", "run-view"],
    why: "the engine knows agents only through their port",
  },
  agents: { may: ["schemas", "source", "workflow"], why: "adapters use the engine's port" },
  langgraph: { may: ["workflow"], why: "the checkpointer uses the storage" },
  "backend-postgres": {
    may: ["schemas", "run-view", "workflow"],
    why: "a backend uses drive/, never the embedded engine's agents",
  },
  "backend-restate": {
    may: ["schemas", "run-view", "workflow"],
    why: "a backend uses drive/, never the embedded engine's agents",
  },
  simulation: {
    may: ["schemas", "rescript-core", "workflow"],
    why: "the simulator brings its own agents",
  },
  dashboard: {
    may: ["schemas", "source", "rescript-core", "run-view", "workflow"],
    why: "the server uses the backend interface; the page folds a run with the core",
  },
  cli: {
    may: [
      ...["schemas", "source", "run-view", "workflow", "agents", "simulation", "dashboard"],
      ...["backend-postgres", "backend-restate"],
    ],
    why: "the command line may use every package, and no package uses it",
  },
};

/**
 * The folders of packages/workflow/src, lowest first. A folder imports only from the rows above it.
 */
const FOLDERS: readonly { readonly names: readonly string[]; readonly why: string }[] = [
  { names: ["group-digits"], why: "how a number is written depends on nothing" },
  { names: ["message-of"], why: "a text for any thrown value depends on nothing else" },
  {
    names: ["instance-of", "write-exact-json", "every-step", "traceparent"],
    why: "values are read as they are",
  },
  { names: ["failure-reason"], why: "the reason in a text depends on nothing else" },
  {
    names: ["core", "errors", "ports", "terminal-text"],
    why: "the bindings of the core, and what everything uses",
  },
  { names: ["secrets"], why: "a text is masked without knowing whose it is" },
  { names: ["run-directory"], why: "a run's directory is files, without a run" },
  { names: ["checks"], why: "options and files are validated before anything uses them" },
  { names: ["definition", "agents"], why: "text becomes a workflow; agents are a port" },
  { names: ["storage"], why: "storage keeps what it receives and makes no decisions" },
  { names: ["journal"], why: "events become rows, and rows become a run" },
  { names: ["checkpoint"], why: "a checkpoint is a shortcut through the journal" },
  { names: ["observe", "retention"], why: "both read runs written by an engine" },
  { names: ["trace"], why: "what happens to a run is derived from its journal" },
  { names: ["drive"], why: "the part of a run that every backend shares does no I/O" },
  { names: ["programs"], why: "a program performs an attempt, without an engine" },
  { names: ["notify"], why: "notices are derived from journals, and sent by programs and HTTP" },
  { names: ["backend"], why: "the interface of a backend is not the embedded engine" },
  { names: ["engine"], why: "the embedded backend: the one wiring module" },
  { names: ["hosting"], why: "other hosts check starts and perform commands as the engine does" },
  { names: ["salvage"], why: "repair opens runs in the same way as an engine" },
  { names: ["testing"], why: "public test suites may use everything" },
  { names: ["metrics", "otel"], why: "telemetry observes an engine from outside" },
  { names: ["index"], why: "the public API exports everything, and no other folder imports it" },
];

interface Rule {
  /** The files that the rule applies to. */
  readonly where: RegExp;
  readonly except?: RegExp;
  /** The imports that they must not have. */
  readonly not: RegExp;
  readonly why: string;
}

const rules: readonly Rule[] = [
  {
    where: /^packages\/workflow\/src\//,
    except: /\/src\/core\//,
    not: /^@automatosx\/rescript-core/,
    why: "core/ is the only bridge to the generated bindings",
  },
  {
    where: /^packages\/.*\/src\//,
    except: /\/storage\/sqlite\/|^packages\/(benchmarks|conformance|reliability)\//,
    not: /^better-sqlite3/,
    why: "only the storage uses the driver",
  },
  {
    where: /^packages\/dashboard\/src\/page\//,
    not: /^@automatosx\/(?!(schemas|run-view|rescript-core|source)\b)/,
    why: "the page runs in a browser",
  },
  {
    where:
      /^packages\/(schemas|source|run-view|rescript-core)\/src\/|^packages\/dashboard\/src\/page\//,
    not: /^node:/,
    why: "a browser imports this package",
  },
  {
    where: /^packages\/.*\/src\//,
    not: /^@automatosx\/[a-z-]+\/(src|dist)\//,
    why: "packages use each other only through their public API",
  },
];

/** Returns the imports that go against the direction of the packages and folders. */
export function importDirections(): string[] {
  return sourceFiles()
    .filter((name) => /\.tsx?$/.test(name))
    .flatMap((name) =>
      importsOf(name).flatMap((target) =>
        [
          ...rules
            .filter(({ where, except, not }) => {
              return where.test(name) && except?.test(name) !== true && not.test(target);
            })
            .map(({ why }) => why),
          ...againstPackages(name, target),
          ...againstSlowStarts(name, target),
          ...againstFolders(name, target),
        ].map((why) => `${name} imports ${target}: ${why}`),
      ),
    );
}

function importsOf(name: string): string[] {
  const text = readFileSync(join(root, name), "utf8");
  // An import in a comment is only an example.
  const code = text.replace(/^\s*(\/\/|\/?\*).*$/gm, "");
  return [...code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, target = ""]) => target);
}

function againstPackages(name: string, target: string): string[] {
  const [, from = ""] = /^packages\/([^/]+)\/src\//.exec(name) ?? [];
  const [, to] = /^@automatosx\/([a-z-]+)/.exec(target) ?? [];
  const entry = PACKAGES[from];
  return entry === undefined || to === undefined || entry.may.includes(to)
    ? []
    : [`${from} may import ${entry.may.join(", ") || "none of our packages"}; ${entry.why}`];
}

/** An import of values, not only of types, from the index of the schemas. */
const SCHEMA_VALUES =
  /^import (?!type )(?=[^;]*?[{,]\s*(?!type )\w)[^;]*? from "@automatosx\/schemas";/m;

// The index builds the schemas of the normalised form and of runs, which takes ten milliseconds.
function againstSlowStarts(name: string, target: string): string[] {
  if (target !== "@automatosx/schemas" || !/^packages\/(workflow|source)\/src\//.test(name))
    return [];
  const isValue = SCHEMA_VALUES.test(readFileSync(join(root, name), "utf8"));
  return isValue ? ["what a start loads takes values from @automatosx/schemas/written"] : [];
}

const ENGINE_ROOM = "packages/workflow/src/";

function againstFolders(name: string, target: string): string[] {
  if (!name.startsWith(ENGINE_ROOM) || !target.startsWith(".")) return [];
  const imported = posix.join(posix.dirname(name), target);
  if (!imported.startsWith(ENGINE_ROOM)) return [];
  const [from, to] = [folderOf(name), folderOf(imported)];
  if (from === to) return [];
  const [fromRow, toRow] = [rowOf(from), rowOf(to)];
  if (fromRow === -1 || toRow === -1)
    return [`${fromRow === -1 ? from : to} has no row in FOLDERS of scripts/checks/imports.ts`];
  if (toRow < fromRow) return [];
  const left = FOLDERS.slice(0, fromRow).flatMap(({ names }) => names);
  return [`${from} may import ${left.join(", ")}; ${FOLDERS[fromRow]?.why ?? ""}`];
}

const folderOf = (file: string): string =>
  (file.slice(ENGINE_ROOM.length).split("/")[0] ?? "").replace(/\.[jt]s$/, "");

const rowOf = (folder: string): number => FOLDERS.findIndex(({ names }) => names.includes(folder));
