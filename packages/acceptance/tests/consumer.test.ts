import { execFileSync } from "node:child_process";
import { cpSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";

const PACKED = ["schemas", "rescript-core", "workflow", "agents"];
/** The time limit in ms: enough for a cold npm cache and a slow registry. */
const INSTALL_LIMIT_MS = 240_000;

describe("a package outside the workspace", () => {
  test(
    "installs the packed packages, type-checks, and runs a workflow",
    () => {
      const folder = sandbox();
      const tarballs = path.join(folder, "tarballs");
      const consumer = path.join(folder, "consumer");
      cpSync(path.join(root, "examples", "consumer"), consumer, {
        recursive: true,
        filter: (source) => !source.includes("node_modules"),
      });
      for (const name of PACKED)
        runTool(path.join(root, "packages", name), "pnpm", "pack", "--pack-destination", tarballs);
      const packed = readdirSync(tarballs).map((name) => path.join(tarballs, name));
      runTool(consumer, "npm", "install", "--no-audit", "--no-fund", ...packed);
      runTool(consumer, "npm", "run", "check");
      const printed = runTool(consumer, process.execPath, path.join("src", "main.ts"));
      expect(JSON.parse(printed)).toEqual({
        status: "completed",
        results: {
          design: { by: "architecture", done: "Design the API" },
          build: { by: "backend", done: "Build: Design the API" },
          ask: { six: 6 },
          join: ["ask", "build"],
        },
      });
    },
    INSTALL_LIMIT_MS,
  );
});

function runTool(cwd: string, program: string, ...args: readonly string[]): string {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}
