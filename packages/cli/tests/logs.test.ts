import { spawn } from "node:child_process";
import { join } from "node:path";
import { openSqliteStorage } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { Output } from "../src/Output.js";
import { logPrinter } from "../src/render/log-printer.js";
import { BIN, Folder, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";
import { FakeStream } from "./harness/FakeStream.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");
const MIB = 1024 * 1024;

/** A folder with a run `r` whose agents have written `mebibytes` MiB, in chunks of this text. */
async function folderWithLogs(mebibytes: number, piece: string): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": ONE });
  await folder.here(["run", "flow.yaml", "--run-id", "r"]);
  const storage = openSqliteStorage({ path: join(folder.path, ".ax/workflow.db") });
  const text = piece.repeat(Math.ceil(MIB / piece.length));
  for (let n = 0; n < mebibytes; n += 1) {
    const chunk = { runId: "r", stepId: "one", stream: "stdout", at: n, text } as const;
    storage.commit({
      newRuns: [],
      artifacts: [],
      runs: [],
      logs: [{ ...chunk, attemptNumber: 2 + Math.floor(n / 9) }],
    });
  }
  storage.close();
  return folder;
}

/**
 * Prints the most memory that the process has used, in KiB. Read from /proc where available,
 * because getrusage also counts the parent's memory at the fork.
 */
const PRINT_MEMORY = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from "node:fs";
  process.on("exit", () => {
    let kibibytes = process.resourceUsage().maxRSS;
    try {
      kibibytes = /VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1];
    } catch {}
    console.error(kibibytes);
  });
`)}`;

interface Read {
  readonly code: number | null;
  readonly bytes: number;
  /** The most memory that the process has used, in MiB; NaN if it printed an error. */
  readonly mebibytes: number;
}

/** Runs `axw` with a heap of 64 MB, and closes its output after at least `stopAfter` bytes. */
function withSmallHeap(folder: Folder, args: readonly string[], stopAfter = Infinity) {
  const child = spawn(
    process.execPath,
    ["--max-old-space-size=64", "--import", PRINT_MEMORY, BIN, ...args],
    {
      cwd: folder.path,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const read = { bytes: 0, stderr: "" };
  child.stdout.on("data", (data: Buffer) => {
    read.bytes += data.length;
    if (read.bytes >= stopAfter) child.stdout.destroy();
  });
  child.stderr.on("data", (data: Buffer) => (read.stderr += data.toString()));
  return new Promise<Read>((resolve) =>
    child.on("close", (code) =>
      resolve({ code, bytes: read.bytes, mebibytes: Number(read.stderr) / 1024 }),
    ),
  );
}

describe("axw logs", () => {
  test("says so if the given attempt has no output", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const { code, stdout, stderr } = await folder.here(["logs", "r", "one", "--attempt", "9"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "",
      stderr: "There is no output of attempt 9.\nnext   axw show r\n",
    });
  });

  test("prints 120 MiB in bounded memory, and stops with its reader", {
    timeout: 120_000,
  }, async () => {
    const folder = await folderWithLogs(120, "a line of output\n");
    for (const args of [["r"], ["r", "one"], ["r", "--json"]]) {
      const { code, bytes, mebibytes } = await withSmallHeap(folder, ["logs", ...args]);
      const isBounded = mebibytes < 300;
      expect([args, code, bytes > 120 * MIB, isBounded]).toEqual([args, 0, true, true]);
    }
    const { code, bytes, mebibytes } = await withSmallHeap(folder, ["logs", "r"], 1000);
    expect([code, bytes < 8 * MIB, mebibytes < 160]).toEqual([0, true, true]);
  });
});

describe("logPrinter", () => {
  const chunk = (text: string, stepId = "one") =>
    ({ id: 1, runId: "r", stepId, attemptNumber: 1, stream: "stdout", at: 1, text }) as const;

  /** What is printed for these pieces. */
  function printed(pieces: readonly string[], stepId?: string, stream = new FakeStream()): string {
    const io = Object.assign(new FakeIo({ cwd: "." }), { stdout: new Output(stream) });
    const printer = logPrinter(io, stepId, {});
    for (const piece of pieces) printer.print(chunk(piece));
    printer.end();
    return stream.plain;
  }

  test("joins a line that arrives in pieces, and an escape sequence within it", () => {
    expect(printed(["a\u001b[3", "1mb", "\u001b[0m\nc", "d"])).toBe("one#1 | ab\none#1 | cd\n");
  });

  test("joins an escape sequence that arrives in pieces on a terminal", () => {
    const terminal = new FakeStream({ columns: 80, rows: 24 });
    expect(printed(["a\u001b", "]0;title", "\u0007b"], "one", terminal)).toBe("ab\n");
  });

  test("prints a sequence that never ends without its control characters", () => {
    const terminal = new FakeStream({ columns: 80, rows: 24 });
    expect(printed(["a\u001b]0;", "title"], "one", terminal)).toBe("a]0;title\n");
  });

  test("prints a line of any length in parts of 64 Ki characters", () => {
    const line = "x".repeat(100 * 1024);
    expect(
      printed([line, line, "\n"])
        .split("\n")
        .map(({ length }) => length),
    ).toEqual([65_544, 65_544, 65_544, 8200, 0]);
  });

  test("prints a line of 400,000 pieces without reading it again for each", () => {
    const timeOf = (pieces: number): number => {
      const startedAt = process.cpuUsage();
      printed(Array.from({ length: pieces }, () => "0123456789"));
      const { user, system } = process.cpuUsage(startedAt);
      return (user + system) / 1000;
    };
    expect(timeOf(400_000)).toBeLessThan(5000);
  });
});
