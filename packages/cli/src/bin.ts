#!/usr/bin/env node
// Nothing heavy may be imported statically here: on an older Node the floor has to be told before better-sqlite3 is
// loaded. The default import matters too: a named one that an older Node lacks would fail before the first line.
import module from "node:module";
import { nodeFloorProblem } from "./node-floor.js";

const problem = nodeFloorProblem(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  // Asked by scripts and prompts: not worth the loading of the verbs.
  process.stdout.write(`${(await import("./version.js")).version()}\n`);
} else {
  module.enableCompileCache();
  const { finish, main } = await import("./main.js");
  const { processIo } = await import("./io.js");
  const io = processIo();
  process.exit(await finish(await main(process.argv.slice(2), io), io));
}
