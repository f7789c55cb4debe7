// Prints the CommonJS modules of a folder as JSON, as the list of a fan-out.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const folder = process.argv[2] ?? ".";
const modules = readdirSync(folder)
  .filter((name) => name.endsWith(".cjs"))
  .sort()
  .map((file) => ({
    name: path.basename(file, ".cjs"),
    source: path.posix.join(folder, file),
    lines: readFileSync(path.join(folder, file), "utf8").split("\n").length - 1,
  }));
console.log(JSON.stringify(modules));
