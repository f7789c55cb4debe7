// `npm run bench`: what the engine costs, next to what this machine's disk and Node can do.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readFlags } from "../../../scripts/read-flags.ts";
import { LONG, measureRows, SHORT } from "../src/groups.ts";
import { replacePeers, WORDS, writePage } from "../src/page.ts";
import { comparePeers } from "../src/peers/compare.ts";

const flag = { type: "boolean", default: false } as const;
const {
  full: isFull,
  peers: isPeers,
  strict: isStrict,
  ci: isCi,
} = readFlags(
  `npm run bench -- [--full] [--peers] [--strict] [--ci]
  --full     also what takes minutes, other engines among it; writes docs/benchmarks.md
  --peers    the other engines alone, put into docs/benchmarks.md
  --strict   fails on a bar that is missed and not known to be
  --ci       fails only on a bar that is missed by more than the noise of a machine explains`,
  { full: flag, peers: flag, strict: flag, ci: flag },
);
const PAGE = new URL("../../../docs/benchmarks.md", import.meta.url);
const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
const crowdings: number[] = [];
let rows: Awaited<ReturnType<typeof measureRows>> = [];
try {
  rows = await measureRows(isPeers ? [] : isFull ? [...SHORT, ...LONG] : SHORT, folder, (end) => {
    for (const { what, bar, measured, verdict } of end.rows)
      console.log(`${WORDS[verdict].padEnd(11)}  ${what}: ${measured}, bar ${bar}`);
    crowdings.push(end.crowding);
    console.log(
      `             ${end.seconds.toFixed(1)} s for these, a processor shared by ${end.crowding.toFixed(1)}`,
    );
  });
  // What has been measured by now is not lost with what is measured next.
  if (isFull) writeFileSync(PAGE, writePage(rows, "Not measured yet.\n", crowdings));
  if (isFull || isPeers) {
    const startedAt = performance.now();
    const peers = await comparePeers(folder, (line) => console.log(line));
    writeFileSync(PAGE, replacePeers(readFileSync(PAGE, "utf8"), peers));
    console.log(`             ${((performance.now() - startedAt) / 1000).toFixed(1)} s for these`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const missed = rows.filter(({ verdict }) => verdict !== "pass");
const far = missed.filter(({ verdict }) => verdict === "far");
for (const { what, reason } of missed) console.log(`${what}: ${reason}`);
console.log(
  `${rows.length} rows measured, ${missed.length} fall short, ${far.length} of them by far`,
);
const failing = new Set([
  ...(isCi ? far : []),
  ...(isStrict ? missed.filter(({ isKnown, verdict }) => !isKnown || verdict === "far") : []),
]);
for (const { what } of failing) console.log(`fails: ${what}`);
process.exitCode = failing.size > 0 ? 1 : 0;
