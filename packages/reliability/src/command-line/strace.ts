import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CrashSite } from "./CrashSite.ts";

/** Every system call by which a process changes what is on disk. Those that a machine does not have are passed over. */
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

/** Why system calls cannot be interfered with here; undefined where they can. */
export function whyNoStrace(): string | undefined {
  if (process.platform !== "linux") return "strace is for Linux";
  const { error, status, stderr } = spawnSync(
    "strace",
    ["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync", "true"],
    {
      encoding: "utf8",
    },
  );
  if (error !== undefined) return "strace is not installed";
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim().split("\n")[0]}`;
}

/** The `strace` that looks at `syscalls` on the paths of the site's database, and interferes as `injection` says. */
export function straceOn(
  site: CrashSite,
  syscalls: readonly string[],
  injection?: string,
): string[] {
  const names = syscalls.map((name) => `?${name}`).join(",");
  return [
    // Stopping only at the calls asked for halves the cost, but a signal is then not delivered.
    ...[
      "strace",
      "-f",
      "-qq",
      ...(injection?.includes("signal=") === true ? [] : ["--seccomp-bpf"]),
    ],
    ...["-o", traceFile(site), "-e", `trace=${names}`],
    ...site.durablePaths.flatMap((path) => ["-P", path]),
    ...(injection === undefined ? [] : ["-e", `inject=${syscalls[0]}:${injection}`]),
  ];
}

/** What `strace` wrote down in the last command. */
export function trace(site: CrashSite): string {
  return readFileSync(traceFile(site), "utf8");
}

/** Runs the workflow once, undisturbed, and counts the calls by which it changes its database, by name. */
export async function countCalls(site: CrashSite): Promise<ReadonlyMap<string, number>> {
  const ended = await site.run({ under: straceOn(site, CHANGING) });
  if (ended.exitCode !== 0)
    throw new Error(
      `a run that nothing happens to ends with exit code ${ended.exitCode}: ${ended.stderr}`,
    );
  return countInTrace(trace(site));
}

/** Calls by name in the text of a trace; a call that was broken off and went on counts once. */
export function countInTrace(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [, name = ""] of text.matchAll(/^\d+ +([a-z_0-9]+)\(/gm))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function traceFile(site: CrashSite): string {
  return join(site.folder, "trace.txt");
}
