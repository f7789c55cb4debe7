// Lists the sources once two scans agree, since a review of files that are still changing is
// worthless. The first attempt has no earlier scan, so it stores a digest and fails; the retry
// compares its own digest. A file saved in between causes one more retry.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { answer, fail, readRequest, root } from "./request.mjs";
import { listSources, readSource } from "./sources.mjs";

const { runId } = await readRequest();
const files = listSources();
const hash = createHash("sha256");
for (const name of files) hash.update(`${name}\0${readSource(name)}\0`);
const digest = hash.digest("hex");

const folder = path.join(root, ".ax", "review");
const kept = path.join(folder, `${runId}.digest`);
mkdirSync(folder, { recursive: true });
const before = readKept();
if (before === digest) answer({ digest, files });
else {
  writeFileSync(kept, digest);
  fail(
    before === undefined
      ? "this is the first scan; the next attempt compares with it"
      : "the sources changed between two scans",
  );
}

function readKept() {
  try {
    return readFileSync(kept, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
