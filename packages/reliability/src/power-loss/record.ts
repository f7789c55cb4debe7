import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A recorded call on a database file, or a report to a caller. */
export type Call =
  | { readonly call: "open"; readonly file: string; readonly isNew: boolean }
  | { readonly call: "write"; readonly file: string; readonly at: number; readonly bytes: Buffer }
  | { readonly call: "truncate"; readonly file: string; readonly length: number }
  | { readonly call: "sync"; readonly file: string }
  | { readonly call: "syncFolder" }
  | { readonly call: "unlink"; readonly file: string }
  | { readonly call: "reported"; readonly line: string };

export interface Recording {
  /** In the order in which the process made them. */
  readonly calls: readonly Call[];
  /** The database after the process ended normally. */
  readonly final: Buffer;
}

/** The name of the recorded database; its log is `db-wal`. */
export const DATABASE = "db";
const MARKER = "reports";
const TRACED = "openat,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,write";
/** Maximum number of bytes traced per write: larger than any write, so that none is cut short. */
const MAX_WRITE = 70_000;

/** Whether strace is installed. */
export function canRecord(): boolean {
  return spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0;
}

/** Records `scripts/recorded-run.ts` with strace. Only its main thread touches the database. */
export function record(durability: "full" | "process"): Recording {
  const folder = mkdtempSync(path.join(tmpdir(), "power-loss-"));
  try {
    const trace = path.join(folder, "trace");
    const program = fileURLToPath(new URL("../../scripts/recorded-run.ts", import.meta.url));
    const files = path.join(folder, "files");
    const options = ["-o", trace, "-y", "-xx", "-s", String(MAX_WRITE), "-e", `trace=${TRACED}`];
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
    if (status !== 0) throw new Error(`the recorded run exited with ${status}: ${stderr}`);
    return {
      calls: readTrace(readFileSync(trace, "latin1"), files, folder),
      final: readFileSync(path.join(files, DATABASE)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The traced calls on files in `folder`, and the reports written to the marker file in `parent`.
 */
export function readTrace(trace: string, folder: string, parent: string): Call[] {
  return trace.split("\n").flatMap((line) => readLine(line, folder, parent) ?? []);
}

// `pwrite64(22</path>, "\x..", 4096, 56) = 4096`; the path is hexadecimal too.
const LINE = /^(\w+)\((.*)\)\s+= (-?\d+)/;

function readLine(line: string, folder: string, parent: string): Call | undefined {
  const [, name = "", args = "", result = ""] = LINE.exec(line) ?? [];
  if (name === "" || Number(result) < 0) return undefined;
  const [target = ""] = [...(/(?<=[<"])((?:\\x[0-9a-f]{2})+)/.exec(args) ?? [])].map((hex) =>
    bytesOf(hex).toString(),
  );
  const opened =
    name === "openat"
      ? bytesOf(/"((?:\\x[0-9a-f]{2})*)"/.exec(args)?.[1] ?? "").toString()
      : target;
  if (name === "pwrite64" && target === path.join(parent, MARKER))
    return { call: "reported", line: writtenBytes(args).toString() };
  if (name === "fsync" && target === folder) return { call: "syncFolder" };
  const file = path.dirname(opened) === folder ? path.basename(opened) : "";
  // SQLite rebuilds the log's index (-shm) after a crash and does not rely on its content.
  if (file === "" || file.endsWith("-shm")) return undefined;
  return onFile(name, file, args, Number(result));
}

function onFile(name: string, file: string, args: string, result: number): Call | undefined {
  const numbers = args.split(", ").map(Number);
  switch (name) {
    case "openat":
      return { call: "open", file, isNew: args.includes("O_CREAT") };
    case "pwrite64":
      return {
        call: "write",
        file,
        at: numbers.at(-1) ?? 0,
        bytes: writtenBytes(args).subarray(0, result),
      };
    case "fsync":
    case "fdatasync":
      return { call: "sync", file };
    case "ftruncate":
      return { call: "truncate", file, length: numbers.at(-1) ?? 0 };
    case "unlink":
      return { call: "unlink", file };
    default:
      // A recording that misses some kind of write would prove nothing.
      throw new Error(
        `the recorded run calls ${name} on ${file}, which the disk model does not support`,
      );
  }
}

function writtenBytes(args: string): Buffer {
  return bytesOf(/, "((?:\\x[0-9a-f]{2})*)"/.exec(args)?.[1] ?? "");
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}
