import { spawn } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStorage } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { Output } from "../src/Output.js";
import { LineLog } from "../src/render/LineLog.js";
import { type LogPage, type LogPiece, RawLog } from "../src/render/log-printer.js";
import { BIN, Folder, ndjson, workflow } from "./harness/axw.js";
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

/** Steps whose output does not end with a newline. The second waits for the file `go`. */
const UNFINISHED = `name: sample
agents:
  part: {command: [sh, -c, 'printf "a\\nb"']}
  slow: {command: [sh, -c, 'printf "c"; while [ ! -e go ]; do sleep 0.02; done; echo d; printf e']}
steps:
  - {id: one, agentId: part, task: t}
  - {id: two, agentId: slow, task: t, dependencies: [one]}
  - {id: three, agentId: part, task: t, dependencies: [two]}
`;

const UNFINISHED_LINES = [
  "one#1   | a",
  "one#1   | b  (no newline)",
  "two#1   | cd",
  "two#1   | e  (no newline)",
  "three#1 | a",
  "three#1 | b  (no newline)",
];

const withoutTimes = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/, ""));

describe("axw logs", () => {
  test("prints unfinished lines in their place, while it follows a run and afterwards", async () => {
    const folder = new Folder({ "flow.yaml": UNFINISHED });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await run.until(/^started +two/m);
    const followed = folder.start(["logs", "r", "--follow"]);
    await followed.until(/one#1 {3}\| b {2}\(no newline\)/);
    folder.write("go");
    await run.ended;
    const later = await folder.here(["logs", "r"]);
    expect(withoutTimes((await followed.ended).stdout)).toEqual(UNFINISHED_LINES);
    expect(withoutTimes(later.stdout)).toEqual(UNFINISHED_LINES);
    expect(later.stderr).toBe("Columns: local time, step#attempt, | stdout or ! stderr.\n");
  });

  test("prints an unfinished line in its place in a log of many pages", async () => {
    const folder = new Folder({
      "flow.yaml": UNFINISHED.replace(
        "steps:",
        "  big: {command: [sh, -c, 'seq 400000']}\nsteps:",
      ).replace("slow, task: t", "big, task: t"),
    });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const lines = withoutTimes((await folder.here(["logs", "r"])).stdout);
    expect(lines.length).toBe(400_004);
    expect([...lines.slice(0, 3), ...lines.slice(-3)]).toEqual([
      "one#1   | a",
      "one#1   | b  (no newline)",
      "two#1   | 1",
      "two#1   | 400000",
      "three#1 | a",
      "three#1 | b  (no newline)",
    ]);
  });

  test("prints the output of a run whose journal is damaged, while it follows it too", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const database = new DatabaseSync(join(folder.path, ".ax/workflow.db"));
    database.exec("UPDATE workflow_journal SET payload = '{}' WHERE type = 'step_completed'");
    database.close();
    for (const args of [["r"], ["r", "--follow"]]) {
      const { code, stdout } = await folder.here(["logs", ...args]);
      expect([code, withoutTimes(stdout)]).toEqual([0, ["one#1 | did one"]]);
    }
  });

  test("prints the text of all steps as it was written with --raw", async () => {
    const folder = new Folder({ "flow.yaml": UNFINISHED });
    folder.write("go");
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const [all, one, both] = [
      await folder.here(["logs", "r", "--raw"]),
      await folder.here(["logs", "r", "one", "--raw"]),
      await folder.here(["logs", "r", "--raw", "--json"]),
    ];
    expect([all.stdout, one.stdout, both.code]).toEqual(["a\nbcd\nea\nb", "a\nb", 2]);
  });

  test("gives each piece the instant at which it was written with --json", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const before = Date.now();
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const [{ at, ...piece } = {}] = ndjson((await folder.here(["logs", "r", "--json"])).stdout);
    expect(piece).toEqual({
      schemaVersion: 2,
      id: 1,
      runId: "r",
      stepId: "one",
      attemptNumber: 1,
      stream: "stdout",
      text: "did one\n",
    });
    expect(Number.isInteger(at) && Number(at) >= before && Number(at) <= Date.now() + 1).toBe(true);
  });

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
    for (const args of [["r"], ["r", "one"], ["r", "one", "--raw"], ["r", "--json"]]) {
      const { code, bytes, mebibytes } = await withSmallHeap(folder, ["logs", ...args]);
      const isBounded = mebibytes < 300;
      expect([args, code, bytes > 120 * MIB, isBounded]).toEqual([args, 0, true, true]);
    }
    const { code, bytes, mebibytes } = await withSmallHeap(folder, ["logs", "r"], 1000);
    expect([code, bytes < 8 * MIB, mebibytes < 160]).toEqual([0, true, true]);
  });
});

/** The time of the pieces below. */
const AT = new Date(2026, 2, 1, 9, 5, 7, 250).getTime();
const TIME = "2026-03-01 09:05:07  ";

/** Pieces of output, each written as `step#attempt|text`, or with `!` for stderr, 1 s apart. */
function pieces(...texts: readonly string[]): LogPiece[] {
  return texts.map((written, index) => {
    const [, stepId = "", attempt = "", mark, text = ""] =
      /^(\w+)#(\d+)([|!])([^]*)$/.exec(written) ?? [];
    const stream = mark === "!" ? "stderr" : "stdout";
    const at = AT + index * 1000;
    return { id: index + 1, runId: "r", stepId, attemptNumber: Number(attempt), stream, at, text };
  });
}

describe("LineLog", () => {
  /** What is printed for these pages, and the messages. */
  function printed(
    pages: readonly (readonly LogPiece[])[],
    stepIds?: readonly string[],
    page: LogPage = {},
  ) {
    const [out, err] = [new FakeStream(), new FakeStream()];
    const log = new LineLog(new Output(out), {
      messages: new Output(err),
      ...(stepIds !== undefined && { stepIds }),
    });
    for (const each of pages) log.print(each, page);
    log.end();
    return { lines: out.plain.split("\n").slice(0, -1), messages: err.plain };
  }

  const ofOne = (...texts: readonly string[]) =>
    printed([pieces(...texts.map((text) => `one#1|${text}`))]).lines;

  test("begins each line with its time and, for several steps, with its step and attempt", () => {
    expect(printed([pieces("one#1|a\n", "seven#1|b\nc\n")], ["one", "seven"]).lines).toEqual([
      "2026-03-01 09:05:07  one#1   | a",
      "2026-03-01 09:05:08  seven#1 | b",
      "2026-03-01 09:05:08  seven#1 | c",
    ]);
  });

  test("explains its columns once if the output has several sources", () => {
    const one = pieces("one#1|a\n", "one#2|b\n");
    const [alone, streams, steps] = [
      printed([one, one]),
      printed([one, pieces("one#1!a\n"), pieces("one#1!a\n")]),
      printed([pieces("one#1|a\n", "two#1|b\n")], ["one", "two"]),
    ];
    expect([alone, streams, steps].map(({ messages }) => messages)).toEqual([
      "",
      "Columns: local time, | stdout or ! stderr.\n",
      "Columns: local time, step#attempt, | stdout or ! stderr.\n",
    ]);
  });

  test("separates the attempts of a step", () => {
    const all = pieces("one#1|a\n", "two#1|b\n", "one#2|c", "two#1|d\n", "one#3!e\n");
    expect(printed([all], ["one", "two"]).lines.map((line) => line.slice(TIME.length))).toEqual([
      "one#1 | a",
      "two#1 | b",
      "one#2 --- attempt 2 ---",
      "two#1 | d",
      "one#2 | c  (no newline)",
      "one#3 --- attempt 3 ---",
      "one#3 ! e",
    ]);
  });

  test("prints an unfinished last line in its place, with a remark", () => {
    const all = pieces("one#1|a\nb", "one#1!c", "two#1|d\n", "one#1!c\n", "two#1!e");
    const { lines } = printed([all], ["one", "two"], { isLast: true });
    expect(lines.map((line) => line.slice(TIME.length))).toEqual([
      "one#1 | a",
      "one#1 | b  (no newline)",
      "two#1 | d",
      "one#1 ! cc",
      "two#1 ! e  (no newline)",
    ]);
  });

  test("joins a line that arrives in pieces, and an escape sequence within it", () => {
    expect(ofOne("a\u001b[3", "1mb", "\u001b[0m\nc", "d")).toEqual([
      "2026-03-01 09:05:09  | ab",
      "2026-03-01 09:05:10  | cd  (no newline)",
    ]);
  });

  test("prints a line of any length in parts of 64 Ki characters", () => {
    const line = "x".repeat(100 * 1024);
    const mark = "| ".length + TIME.length;
    expect(ofOne(line, line, "\n").map(({ length }) => length - mark)).toEqual([
      65_536, 65_536, 65_536, 8192,
    ]);
  });

  test("prints a line of 400,000 pieces without reading it again for each", () => {
    const all = Array.from({ length: 400_000 }, () => pieces("one#1|0123456789")).flat();
    const startedAt = process.cpuUsage();
    printed([all]);
    const { user, system } = process.cpuUsage(startedAt);
    expect((user + system) / 1000).toBeLessThan(5000);
  });
});

describe("RawLog", () => {
  function printed(texts: readonly string[], stream = new FakeStream()): string {
    const log = new RawLog(new Output(stream));
    log.print(pieces(...texts.map((text) => `one#1|${text}`)));
    log.end();
    return stream.plain;
  }

  test("prints text to a pipe as it was written", () => {
    expect(printed(["a\r", "b\n\nc"])).toBe("a\rb\n\nc");
  });

  test("joins an escape sequence that arrives in pieces on a terminal", () => {
    const terminal = new FakeStream({ columns: 80, rows: 24 });
    expect(printed(["a\u001b", "]0;title", "\u0007b"], terminal)).toBe("ab\n");
  });

  test("prints a sequence that never ends without its control characters", () => {
    const terminal = new FakeStream({ columns: 80, rows: 24 });
    expect(printed(["a\u001b]0;", "title"], terminal)).toBe("a]0;title\n");
  });
});
