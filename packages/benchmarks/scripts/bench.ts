// `npm run bench`: what the engine costs, next to what this machine's disk and Node can do. `--full` also measures what
// takes minutes, and writes docs/benchmarks.md. `--strict` fails on a bar that is missed and not known to be; `--ci` only
// on one that is missed by so much that no noise explains it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, platform, release, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { LONG, SHORT } from "../src/groups.ts";
import type { Row } from "../src/row.ts";

const WORDS = { pass: "pass", short: "falls short", far: "far off" } as const;

const [full, strict, ci] = ["--full", "--strict", "--ci"].map((flag) => process.argv.includes(flag));
const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
const rows: Row[] = [];
try {
  for (const group of full === true ? [...SHORT, ...LONG] : SHORT) {
    const startedAt = performance.now();
    const measured = await group(folder);
    rows.push(...measured);
    for (const { what, bar, measured: value, verdict } of measured)
      console.log(`${WORDS[verdict].padEnd(11)}  ${what}: ${value}, bar ${bar}`);
    console.log(`             ${((performance.now() - startedAt) / 1000).toFixed(1)} s for these`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const missed = rows.filter(({ verdict }) => verdict !== "pass");
for (const { what, reason } of missed) console.log(`${what}: ${reason}`);
const far = rows.filter(({ verdict }) => verdict === "far");
console.log(`${rows.length} rows measured, ${missed.length} fall short, ${far.length} of them far`);
if (full === true) writeFileSync(new URL("../../../docs/benchmarks.md", import.meta.url), page());
const failing = [...(ci === true ? far : []), ...(strict === true ? missed.filter((row) => !row.isKnown || row.verdict === "far") : [])];
for (const { what } of new Set(failing)) console.log(`fails: ${what}`);
process.exitCode = failing.length > 0 ? 1 : 0;

function page(): string {
  const cpu = cpus()[0]?.model ?? "unknown";
  const machine = `${platform()} ${release()}, ${cpu}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;
  const numbers = new Map(missed.map((row, index) => [row, index + 1]));
  const lines = rows.map((row) => {
    const number = numbers.get(row);
    return `| ${row.what} | ${row.bar} | ${row.measured} | ${WORDS[row.verdict]}${number === undefined ? "" : ` (${number})`} |`;
  });
  const reasons = missed.map(({ reason }, index) => `${index + 1}. ${reason}`);
  return `# Benchmarks

Written by \`npm run bench -- --full\` on ${new Date().toISOString()}: ${machine}.

| what | bar | measured | |
| --- | --- | --- | --- |
${lines.join("\n")}
${reasons.length === 0 ? "" : `\nWhere a bar is missed:\n\n${reasons.join("\n")}\n`}`;
}
