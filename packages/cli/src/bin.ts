#!/usr/bin/env node
// Nothing heavy may be imported statically here: an older Node must be refused before
// better-sqlite3 is loaded. The default import matters too: an older Node that lacks a named one
// would fail before the first line.
import module from "node:module";
import { nodeFloorProblem } from "./node-floor.js";

const problem = nodeFloorProblem(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  // Scripts and prompts ask for it: the verbs need not be loaded.
  process.stdout.write(`${(await import("./version.js")).version()}\n`);
} else {
  module.enableCompileCache();
  const { finish, main } = await import("./main.js");
  const { processIo } = await import("./io.js");
  const io = processIo();
  process.exit(await finish(await main(process.argv.slice(2), io), io));
}
