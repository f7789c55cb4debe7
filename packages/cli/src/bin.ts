#!/usr/bin/env node
// Do not statically import anything heavy here: an older Node must be refused before better-sqlite3
// is loaded. Use only default imports: an older Node that lacks a named export would fail before
// the first line.
import module from "node:module";
import { nodeFloorProblem } from "./node-floor.js";
import { version } from "./version.js";

const problem = nodeFloorProblem(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  // Scripts and shell prompts call `--version`, so it must be fast: do not load the commands.
  process.stdout.write(`${version()}\n`);
} else {
  module.enableCompileCache();
  const { finish, main, processIo } = await import("./start.js");
  const io = processIo();
  process.exit(await finish(await main(process.argv.slice(2), io), io));
}
