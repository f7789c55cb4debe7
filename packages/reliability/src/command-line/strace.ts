import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AxwOptions, CrashSite } from "./CrashSite.ts";

/** The system calls that change data on disk. strace skips those that the machine does not have. */
const CHANGING = [
  "openat",
  "open",
  "creat",
  "mkdir",
  "mkdirat",
  "pwrite64",
  "pwritev",
  "pwritev2",
  "write",
  "writev",
  "fsync",
  "fdatasync",
  "sync_file_range",
  "ftruncate",
  "truncate",
  "fallocate",
  "rename",
  "renameat",
  "renameat2",
  "link",
  "linkat",
  "unlink",
  "unlinkat",
  "chmod",
  "fchmod",
  "fchmodat",
  "fchown",
  "chown",
];

/** Why this machine cannot inject faults into system calls; undefined if it can. */
export function whyNoStrace(): string | undefined {
  if (process.platform !== "linux") return "strace needs Linux";
  const { error, status, stderr } = spawnSync(
    "strace",
    ["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync", "true"],
    {
      encoding: "utf8",
    },
  );
  if (error !== undefined) return "strace is not installed";
  return status === 0
    ? undefined
    : `strace is not permitted to trace: ${stderr.trim().split("\n")[0]}`;
}

/**
 * The command that traces `syscalls` on the site's database files. `injection` is applied to the
 * first of them, in the syntax of strace's `inject=`.
 */
export function straceOn(
  site: CrashSite,
  syscalls: readonly string[],
  injection?: string,
): string[] {
  const names = syscalls.map((name) => `?${name}`).join(",");
  return [
    ...["strace", "-f", "-qq", "--seccomp-bpf"],
    ...["-o", traceFile(site), "-e", `trace=${names}`],
    ...site.durablePaths.flatMap((path) => ["-P", path]),
    ...(injection === undefined ? [] : ["-e", `inject=${syscalls[0]}:${injection}`]),
  ];
}

/** How often the trace is read for the call at which to kill, in ms. */
const LOOK_MS = 5;

/**
 * The options under which `axw` is killed just before its `n`th `syscall` on the site's database
 * files. strace holds the process before that call, and notes the call first; the process is killed
 * while it is held, so the call is never made. strace could inject the signal itself, but not with
 * --seccomp-bpf, without which each command takes a second longer.
 */
export function killedBefore(site: CrashSite, syscall: string, n: number): AxwOptions {
  // What the last command left is not of this one.
  rmSync(traceFile(site), { force: true });
  return {
    under: straceOn(site, [syscall], `delay_enter=${HELD_MICROSECONDS}:when=${n}`),
    watch: ({ kill, exited }) => {
      const timer = setInterval(() => {
        const held = existsSync(traceFile(site))
          ? callerOf(traceText(site), syscall, n)
          : undefined;
        if (held === undefined) return;
        clearInterval(timer);
        process.kill(held, "SIGKILL");
        // It would sleep on.
        kill();
      }, LOOK_MS);
      void exited.finally(() => clearInterval(timer));
    },
  };
}

/** Longer than any command may take. */
const HELD_MICROSECONDS = 120_000_000;

/**
 * The id of the thread that has made, or begins, its `n`th call in a trace: strace counts the calls
 * of each thread.
 */
export function callerOf(trace: string, syscall: string, n: number): number | undefined {
  const counts = new Map<string, number>();
  for (const [, thread = "", name] of trace.matchAll(/^(\d+) +([a-z_0-9]+)\(/gm)) {
    if (name !== syscall) continue;
    const count = (counts.get(thread) ?? 0) + 1;
    if (count === n) return Number(thread);
    counts.set(thread, count);
  }
  return undefined;
}

/** The trace that strace recorded during the last command. */
export function traceText(site: CrashSite): string {
  return readFileSync(traceFile(site), "utf8");
}

/** Runs the workflow undisturbed and counts the system calls that change its database, by name. */
export async function countCalls(site: CrashSite): Promise<ReadonlyMap<string, number>> {
  const ended = await site.run({ under: straceOn(site, CHANGING) });
  if (ended.exitCode !== 0)
    throw new Error(`the undisturbed run ended with exit code ${ended.exitCode}: ${ended.stderr}`);
  return countInTrace(traceText(site));
}

/** Counts calls by name in the text of a trace. An interrupted and resumed call counts once. */
export function countInTrace(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [, name = ""] of text.matchAll(/^\d+ +([a-z_0-9]+)\(/gm))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function traceFile(site: CrashSite): string {
  return join(site.folder, "trace.txt");
}
