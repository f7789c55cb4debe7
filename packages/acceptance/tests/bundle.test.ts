import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build as esbuild } from "esbuild";
import { build as rolldown } from "rolldown";
import { describe, expect, test } from "vitest";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";

/** Inside this package, so that a bundler finds the packages as in a user's project. */
const entries = path.join(root, "packages", "acceptance", "test-results", "bundles");

/** Uses a file-backed engine, a program agent, a backup, and the threads of the simulation. */
const PROGRAM = `
import { agentFromDefinition } from "@automatosx/agents";
import { simulateSeeds } from "@automatosx/simulation";
import { WorkflowEngine } from "@automatosx/workflow";
import { backUpDatabase } from "@automatosx/workflow/salvage";

async function main() {
  const engine = await WorkflowEngine.open({
    database: "runs.db",
    agents: { "*": ({ task }) => task },
    agentFactory: agentFromDefinition,
  });
  const results = await engine.execute(\`
id: bundled
agents: { program: { command: [node, -p, "6 * 7"], output: json } }
steps:
  - { id: say, agentId: any, task: hello }
  - { id: count, agentId: program, task: count, dependencies: [say] }
\`);
  await engine.close();
  const { runCount } = await backUpDatabase({ from: "runs.db", to: "copy.db" });
  const { seedCount } = await simulateSeeds({ seedCount: 4, workers: 2 });
  console.log(JSON.stringify({ results, runCount, seedCount }));
}

main().catch(({ code, remedy }) => console.log(JSON.stringify({ code, remedy })));
`;

interface Bundling {
  readonly format: "esm" | "cjs";
  readonly external: string[];
  readonly isMinified?: boolean;
}

async function withEsbuild(entry: string, outfile: string, options: Bundling): Promise<void> {
  const { format, external, isMinified: minify = false } = options;
  // A CommonJS bundle has no import.meta, which the code expects.
  const logOverride = { "empty-import-meta": "silent" } as const;
  await esbuild({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format,
    external,
    minify,
    logOverride,
  });
}

async function withRolldown(entry: string, file: string, options: Bundling): Promise<void> {
  const { format, external, isMinified: minify = false } = options;
  const output = { file, format, minify, codeSplitting: false };
  await rolldown({ input: entry, platform: "node", external, output, logLevel: "silent" });
}

const bundlers = { esbuild: withEsbuild, rolldown: withRolldown };

/** Bundles the program, and runs the bundle in a folder that contains nothing but the driver. */
async function runBundled(name: keyof typeof bundlers, options: Bundling): Promise<unknown> {
  const folder = sandbox();
  mkdirSync(entries, { recursive: true });
  const entry = path.join(entries, `${name}-${options.format}.mjs`);
  writeFileSync(entry, PROGRAM);
  const bundle = path.join(folder, options.format === "esm" ? "app.mjs" : "app.cjs");
  await bundlers[name](entry, bundle, options);
  const driver = path.join(root, "packages", "workflow", "node_modules", "better-sqlite3");
  mkdirSync(path.join(folder, "node_modules"));
  symlinkSync(realpathSync(driver), path.join(folder, "node_modules", "better-sqlite3"));
  expect(readdirSync(folder).sort()).toEqual([path.basename(bundle), "node_modules"]);
  const { stdout, stderr } = spawnSync(process.execPath, [bundle], {
    cwd: folder,
    encoding: "utf8",
  });
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    return `${stdout}${stderr}`;
  }
}

const external = ["better-sqlite3"];

describe("an application bundled into one file", () => {
  test.each<[keyof typeof bundlers, Bundling]>([
    ["esbuild", { format: "esm", external }],
    ["esbuild", { format: "cjs", external }],
    ["esbuild", { format: "esm", external, isMinified: true }],
    ["rolldown", { format: "esm", external }],
    ["rolldown", { format: "cjs", external }],
    ["rolldown", { format: "esm", external, isMinified: true }],
  ])("runs a workflow, copies the database and simulates: %s %o", async (name, options) => {
    expect(await runBundled(name, options)).toEqual({
      results: { say: "hello", count: 42 },
      runCount: 1,
      seedCount: 4,
    });
  });

  test.each<[keyof typeof bundlers, Bundling]>([
    ["esbuild", { format: "cjs", external: [] }],
    ["rolldown", { format: "esm", external: [] }],
  ])("says that the driver must stay outside, if it does not: %s %o", async (name, options) => {
    expect(await runBundled(name, options)).toEqual({
      code: "database_unusable",
      remedy: expect.stringContaining("keep better-sqlite3 outside the bundle (external)"),
    });
  });
});
