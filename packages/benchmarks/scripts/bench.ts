// `npm run bench`: what the engine costs, next to what this machine's disk and Node can do. `--full` also measures what
// takes minutes, other engines among it, and writes docs/benchmarks.md. `--strict` fails on a bar that is missed and not
// known to be, `--ci` only on one that is missed by so much that no noise of a machine explains it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LONG, measureRows, SHORT } from "../src/groups.ts";
import { WORDS, writePage } from "../src/page.ts";
import { comparePeers } from "../src/peers/compare.ts";

const [isFull, isStrict, isCi] = [process.argv.includes("--full"), process.argv.includes("--strict"), process.argv.includes("--ci")];
const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
const crowdings: number[] = [];
let rows: Awaited<ReturnType<typeof measureRows>> = [];
try {
  rows = await measureRows(isFull ? [...SHORT, ...LONG] : SHORT, folder, (end) => {
    for (const { what, bar, measured, verdict } of end.rows) console.log(`${WORDS[verdict].padEnd(11)}  ${what}: ${measured}, bar ${bar}`);
    crowdings.push(end.crowding);
    console.log(`             ${end.seconds.toFixed(1)} s for these, a processor shared by ${end.crowding.toFixed(1)}`);
  });
  if (isFull) {
    const write = (peers: string): void =>
      writeFileSync(new URL("../../../docs/benchmarks.md", import.meta.url), writePage(rows, peers, crowdings));
    // What has been measured by now is not lost with what is measured next.
    write("Not measured yet.\n");
    const startedAt = performance.now();
    write(await comparePeers(folder, (line) => console.log(line)));
    console.log(`             ${((performance.now() - startedAt) / 1000).toFixed(1)} s for these`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const missed = rows.filter(({ verdict }) => verdict !== "pass");
const far = missed.filter(({ verdict }) => verdict === "far");
for (const { what, reason } of missed) console.log(`${what}: ${reason}`);
console.log(`${rows.length} rows measured, ${missed.length} fall short, ${far.length} of them by far`);
const failing = new Set([
  ...(isCi ? far : []),
  ...(isStrict ? missed.filter(({ isKnown, verdict }) => !isKnown || verdict === "far") : []),
]);
for (const { what } of failing) console.log(`fails: ${what}`);
process.exitCode = failing.size > 0 ? 1 : 0;
