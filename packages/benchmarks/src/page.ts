import { availableParallelism, cpus, platform, release, totalmem } from "node:os";
import type { Row, Verdict } from "./row.ts";

export const WORDS: Readonly<Record<Verdict, string>> = {
  pass: "pass",
  short: "falls short",
  far: "far off",
};

const PEERS_HEADING = "## Next to other engines\n\n";

/** The machine and its Node version, in one line. */
export function describeMachine(): string {
  const cpu = cpus()[0]?.model ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 1e9)} GB`;
  const cores = `${availableParallelism()} cores`;
  return [`${platform()} ${release()}`, cpu, cores, memory, `Node ${process.version}`].join(", ");
}

/**
 * How much the machine was shared during the measurements: each number is 1 if it was not shared.
 */
export function describeCrowding(crowdings: readonly number[]): string {
  const [least, most] = [Math.min(...crowdings).toFixed(1), Math.max(...crowdings).toFixed(1)];
  return `Work took ${least} to ${most} times as long as on a dedicated processor.`;
}

/** The text of docs/benchmarks.md: the rows, why some miss their bar, and the other engines. */
export function writePage(
  rows: readonly Row[],
  peers: string,
  crowdings: readonly number[],
): string {
  const missed = rows.filter(({ verdict }) => verdict !== "pass");
  const lines = rows.map((row) => {
    const note = missed.includes(row) ? ` (${missed.indexOf(row) + 1})` : "";
    return `| ${row.what} | ${row.bar} | ${row.measured} | ${WORDS[row.verdict]}${note} |`;
  });
  const reasons = missed.map(({ reason }, index) => `${index + 1}. ${reason}`).join("\n");
  return `# Benchmarks

Written by \`npm run bench -- --full\` on ${new Date().toISOString()}: ${describeMachine()}.
Figures are medians. A figure in brackets was measured in turns with the row's own, in the same run.
${describeCrowding(crowdings)}

| what | bar | measured | |
| --- | --- | --- | --- |
${lines.join("\n")}
${missed.length === 0 ? "" : `\nWhy a bar is missed:\n\n${reasons}\n`}
${PEERS_HEADING}${peers}`;
}

/** The page with its comparison of engines replaced. */
export function replacePeers(page: string, peers: string): string {
  return `${page.slice(0, page.indexOf(PEERS_HEADING))}${PEERS_HEADING}${peers}`;
}
