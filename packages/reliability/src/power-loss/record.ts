import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A call that the recorded process made on a file of the database, in the order of the process. */
export type Call =
  | { readonly call: "open"; readonly file: string; readonly isNew: boolean }
  | { readonly call: "write"; readonly file: string; readonly at: number; readonly bytes: Buffer }
  | { readonly call: "truncate"; readonly file: string; readonly length: number }
  | { readonly call: "sync"; readonly file: string }
  | { readonly call: "syncFolder" }
  | { readonly call: "unlink"; readonly file: string }
  | { readonly call: "told"; readonly line: string };

export interface Recording {
  readonly calls: readonly Call[];
  /** The database as it was when the process had ended of itself. */
  readonly final: Buffer;
}

/** The name under which the database is recorded; its log is `db-wal`. */
export const DATABASE = "db";
const MARKER = "told";
const TRACED = "openat,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,write";
/** More than a page, so that no write is cut short in the trace. */
const LONGEST = 70_000;

/** Can a process be recorded here? */
export function canRecord(): boolean {
  return spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0;
}

/** Runs `scripts/recorded-run.ts` under strace. Its calls on the main thread are all that touch the database. */
export function record(durability: "full" | "process"): Recording {
  const folder = mkdtempSync(path.join(tmpdir(), "power-loss-"));
  try {
    const trace = path.join(folder, "trace");
    const program = fileURLToPath(new URL("../../scripts/recorded-run.ts", import.meta.url));
    const files = path.join(folder, "files");
    const options = ["-o", trace, "-y", "-xx", "-s", String(LONGEST), "-e", `trace=${TRACED}`];
    const command = [
      process.execPath,
      program,
      path.join(files, DATABASE),
      path.join(folder, MARKER),
      durability,
    ];
    const { status, stderr } = spawnSync("strace", [...options, ...command], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    if (status !== 0) throw new Error(`the recorded run ended with ${status}: ${stderr}`);
    return {
      calls: readTrace(readFileSync(trace, "latin1"), files, folder),
      final: readFileSync(path.join(files, DATABASE)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The calls of a trace that touch `folder`, and what was written to the marker file in `above`. */
export function readTrace(trace: string, folder: string, above: string): Call[] {
  return trace.split("\n").flatMap((line) => readLine(line, folder, above) ?? []);
}

// `pwrite64(22</path>, "\x..", 4096, 56) = 4096`: paths are hex too.
const LINE = /^(\w+)\((.*)\)\s+= (-?\d+)/;

function readLine(line: string, folder: string, above: string): Call | undefined {
  const [, name = "", given = "", answer = ""] = LINE.exec(line) ?? [];
  if (name === "" || Number(answer) < 0) return undefined;
  const [target = ""] = [...(/(?<=[<"])((?:\\x[0-9a-f]{2})+)/.exec(given) ?? [])].map((hex) =>
    bytesOf(hex).toString(),
  );
  const opened =
    name === "openat"
      ? bytesOf(/"((?:\\x[0-9a-f]{2})*)"/.exec(given)?.[1] ?? "").toString()
      : target;
  if (name === "pwrite64" && target === path.join(above, MARKER))
    return { call: "told", line: writtenBy(given).toString() };
  if (name === "fsync" && target === folder) return { call: "syncFolder" };
  const file = path.dirname(opened) === folder ? path.basename(opened) : "";
  // The index of the log is rebuilt after a crash; SQLite relies on nothing in it.
  if (file === "" || file.endsWith("-shm")) return undefined;
  return onFile(name, file, given, Number(answer));
}

function onFile(name: string, file: string, given: string, answer: number): Call | undefined {
  const numbers = given.split(", ").map(Number);
  switch (name) {
    case "openat":
      return { call: "open", file, isNew: given.includes("O_CREAT") };
    case "pwrite64":
      return {
        call: "write",
        file,
        at: numbers.at(-1) ?? 0,
        bytes: writtenBy(given).subarray(0, answer),
      };
    case "fsync":
    case "fdatasync":
      return { call: "sync", file };
    case "ftruncate":
      return { call: "truncate", file, length: numbers.at(-1) ?? 0 };
    case "unlink":
      return { call: "unlink", file };
    default:
      // A recording that overlooks a kind of write proves nothing.
      throw new Error(`the recorded run calls ${name} on ${file}, which the model does not know`);
  }
}

function writtenBy(given: string): Buffer {
  return bytesOf(/, "((?:\\x[0-9a-f]{2})*)"/.exec(given)?.[1] ?? "");
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}
