// When this clone was built last: `axw` builds what has changed since. Must run on Node 20.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./caller.mjs";

const stamp = join(root, "node_modules/.cache/axw-built");

/** When it was built, in ms since the epoch; 0 if that is not known. */
export const builtAt = () => statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Notes that everything is built as the sources are now. */
export function noteBuilt() {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
}
