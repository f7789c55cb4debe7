import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type CliIo, main, Output } from "@automatosx/cli";
import { fill, type HostileText, number } from "./HostileText.ts";

/** The outside world of a command whose output is dropped. */
export function silentIo(cwd: string): CliIo {
  const dropped = (): Output =>
    new Output(new Writable({ write: (_chunk, _encoding, done) => done() }));
  return {
    stdout: dropped(),
    stderr: dropped(),
    readInput: () => Promise.resolve(new Uint8Array()),
    canAsk: () => false,
    ask: () => Promise.resolve(undefined),
    openEditor: () => Promise.resolve(false),
    env: {},
    cwd,
    onSignal: () => () => undefined,
    onExit: () => () => undefined,
    exitNow: () => undefined,
    isForeground: () => true,
  };
}

/** Runs `axw` in this process in a folder with a file that contains the text. */
async function axw(text: string, file: string, args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "axw-text-"));
  try {
    writeFileSync(join(folder, "flow.yaml"), "id: w\nsteps: [{ id: a, agentId: b, task: t }]\n");
    writeFileSync(join(folder, file), text);
    return await main(args, silentIo(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const infinite = (length: number): string =>
  `{"id":"h","context":{"${fill("k", length / 2)}":[${fill("1e999,", length / 2)}1]},"steps":[]}`;

/** Files that commands read. */
export const COMMAND_TEXTS: readonly HostileText[] = [
  {
    name: "axw validate: infinite numbers below a long key",
    text: infinite,
    read: (text) => axw(text, "big.json", ["validate", "big.json"]),
  },
  {
    name: "axw validate --json: infinite numbers below a long key",
    text: infinite,
    read: (text) => axw(text, "big.json", ["validate", "big.json", "--json"]),
  },
  {
    name: "axw validate: unknown keys",
    text: (length) => number((index) => `k${index}: "\\u001b["\n`, length),
    read: (text) => axw(text, "big.yaml", ["validate", "big.yaml"]),
  },
  {
    name: "axw run --inputs: unknown inputs",
    text: (length) => `{${number((index) => `"k${index}": 1,`, length)}"k": 1}`,
    read: (text) => axw(text, "in.json", ["run", "flow.yaml", "--inputs", "in.json"]),
  },
  {
    name: "axw run --inputs: a text of quotes and backslashes, and an inexact number",
    text: (length) => `{"k": "${fill('\\\\\\"', length)}", "n": 12345678901234567890}`,
    read: (text) => axw(text, "in.json", ["run", "flow.yaml", "--inputs", "in.json"]),
  },
  {
    name: "axw run --inputs: brackets and a number of the text's length",
    text: (length) => `{"k": [${fill("[], ", length / 2)}1${fill("0", length / 2)}]}`,
    read: (text) => axw(text, "in.json", ["run", "flow.yaml", "--inputs", "in.json"]),
  },
  {
    name: "axw run --agents: an agents file with unknown keys",
    text: (length) => number((index) => `k${index}: 1\n`, length),
    read: (text) => axw(text, "a.yaml", ["run", "flow.yaml", "--agents", "a.yaml"]),
  },
  {
    name: "axw run --agents: an agents file of agents without a program",
    text: (length) => `agents: {${number((index) => `a${index}: {}, `, length)}}\n`,
    read: (text) => axw(text, "a.yaml", ["run", "flow.yaml", "--agents", "a.yaml"]),
  },
  {
    name: "axw show: an id",
    text: (length) => fill("a", length),
    read: (text) => axw("", "x", ["show", text]),
  },
];
