// Writes the tests of the feature. The step after it runs them.
import { copyFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const task = await text(process.stdin);
const [, file = "", folder = ""] = /^Write (\S+\.mjs) in (.*?): /.exec(task) ?? [];
const written = fileURLToPath(new URL("written/", import.meta.url));
copyFileSync(path.join(written, file), path.join(folder, file));
process.stdout.write(`Wrote ${file}.\n`);
