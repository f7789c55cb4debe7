// Writes the tests of the feature. The step after it runs them.
import { copyFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readRequest } from "../../agents/request.mjs";

const { files, runDirectory } = await readRequest();
const written = fileURLToPath(new URL("written/", import.meta.url));
for (const file of files) copyFileSync(path.join(written, file), path.join(runDirectory, file));
process.stdout.write(`Wrote ${files.join(", ")}.\n`);
