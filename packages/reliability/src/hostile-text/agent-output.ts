import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "@automatosx/cli";
import { silentIo } from "./command-texts.ts";

/** What an agent prints, in a loop. */
const PIECES: Readonly<Record<string, string>> = {
  letters: "y\n",
  "unfinished escapes": "\u001b]",
  colours: "\u001b[31mred\u001b[0m ",
  "8-bit controls": "\u009d8;;a",
  "line ends": "a\r\n",
  "characters of three bytes": "\u65e5\u672c\u8a9e",
};

/** How the output is read. To store a result costs more than to read it, so none is stored. */
const USES = {
  "a result that is not JSON": { size: 50_000_000, output: "json", exitCode: 0, stream: 1 },
  "an error": { size: 50_000_000, output: "text", exitCode: 1, stream: 2 },
} as const;

/** The least rate, in MB per second of processor time. */
const LEAST_RATE = 50;

const PROGRAM = `
const { writeSync } = require("node:fs");
const [piece, size, exitCode, stream] = process.argv.slice(1);
const part = Buffer.from(JSON.parse(piece).repeat(65536 / piece.length));
for (let at = 0; at < size; ) {
  try {
    at += writeSync(Number(stream), part);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
  }
}
process.exitCode = Number(exitCode);
`;

/** How fast the output of an agent is handled. */
export interface OutputRate {
  readonly name: string;
  /** In MB per second of processor time. */
  readonly rate: number;
}

/** Runs an agent for each kind of output, and measures the thread that handles it. */
export async function measureAgentOutput(): Promise<readonly OutputRate[]> {
  const rates: OutputRate[] = [];
  for (const [what, piece] of Object.entries(PIECES)) {
    for (const [use, settings] of Object.entries(USES)) {
      const seconds = await secondsFor(piece, settings);
      rates.push({ name: `${what} as ${use}`, rate: settings.size / 1e6 / seconds });
    }
  }
  return rates;
}

/** Returns what is wrong, or undefined. */
export function judgeRate({ name, rate }: OutputRate): string | undefined {
  return rate >= LEAST_RATE
    ? undefined
    : `${name}: ${rate.toFixed(0)} MB/s; at least ${LEAST_RATE} are needed`;
}

async function secondsFor(
  piece: string,
  { size, output, exitCode, stream }: (typeof USES)[keyof typeof USES],
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "axw-output-"));
  // As ASCII: a workflow file cannot contain control characters.
  const written = JSON.stringify(piece).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const command = [process.execPath, "-e", PROGRAM, written, size, exitCode, stream].map(String);
  const agents = { printer: { command, output } };
  const flow = { id: "w", agents, steps: [{ id: "a", agentId: "printer", task: "t" }] };
  try {
    writeFileSync(join(folder, "flow.json"), JSON.stringify(flow));
    const before = process.threadCpuUsage();
    await main(["run", "flow.json"], silentIo(folder));
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1e6;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
