// `npm run bench`: what the engine costs, next to what this machine's disk can do. `--strict` fails on what falls short.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, platform, release, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { commandRows, transitionRows } from "../src/core-and-command.ts";
import { initiationRows } from "../src/latency.ts";
import { chainRows, fanRows, hugeRows, manyRunsRows, parallelRows } from "../src/rates.ts";
import { realGraphRows } from "../src/real-graphs.ts";
import type { Row } from "../src/row.ts";

const strict = process.argv.includes("--strict");
const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
const groups: readonly ((within: string) => Row[] | Promise<Row[]>)[] = [
  chainRows,
  fanRows,
  manyRunsRows,
  parallelRows,
  initiationRows,
  realGraphRows,
  transitionRows,
  commandRows,
  ...(process.argv.includes("--full") ? [hugeRows] : []),
];
const rows: Row[] = [];
try {
  for (const group of groups) {
    for (const row of await group(folder)) {
      rows.push(row);
      console.log(`${row.passed ? "pass       " : "falls short"}  ${row.what}: ${row.measured}, bar ${row.bar}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const short = rows.filter(({ passed }) => !passed);
writeFileSync(new URL("../../../docs/benchmarks.md", import.meta.url), page());
const named = short.length === 0 ? "" : `: ${short.map(({ what }) => what).join("; ")}`;
console.log(`${rows.length} rows measured, ${short.length} fall short${named}`);
process.exitCode = strict && short.length > 0 ? 1 : 0;

function page(): string {
  const cpu = cpus()[0]?.model ?? "unknown";
  const machine = `${platform()} ${release()}, ${cpu}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;
  const lines = rows.map(({ what, bar, measured, passed }) => `| ${what} | ${bar} | ${measured} | ${passed ? "pass" : "falls short"} |`);
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString()}: ${machine}.

| what | bar | measured | |
| --- | --- | --- | --- |
${lines.join("\n")}
`;
}
