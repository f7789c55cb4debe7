// The cheap agent: a text replacement that knows the common forms of CommonJS. It neither runs nor
// understands what it writes, so its answers need a check.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { answer, readRequest } from "../../agents/request.mjs";

const { item, files, runDirectory } = await readRequest();
const text = readFileSync(item.source, "utf8")
  .replace(/^const (\{[^}]+\}|\w+) = require\("([^"]+)\.cjs"\);/gm, 'import $1 from "$2.mjs";')
  .replace(/^exports\.(\w+) =/gm, "export const $1 =");
writeFileSync(path.join(runDirectory, files[0]), text);
answer({ name: item.name, how: "replaced require and exports" });
