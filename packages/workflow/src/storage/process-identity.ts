import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { AgentProcess, RunOwner } from "./StoragePort.js";

/** This process as the owner of runs, but for the id, which belongs to one engine. */
export function thisProcess(): Omit<RunOwner, "ownerId"> {
  return { host: hostname(), pid: process.pid, processStart: ownStart() };
}

/** Is the process of an owner gone? Undefined for another machine, where that cannot be seen. */
export function isOwnerDead(owner: RunOwner): boolean | undefined {
  if (owner.host !== hostname()) return undefined;
  const start = owner.pid === process.pid ? ownStart() : readStart(owner.pid);
  if (start === ENDED) return true;
  // Process ids are used again: the same id with another start is another process. Where one start is not known, the id decides.
  if (start !== "" && owner.processStart !== "") return start !== owner.processStart;
  return !isAlive(owner.pid);
}

/** Is the engine that holds a lease gone? Seen at once on the same machine; elsewhere only by the lease's end. */
export function isOrphanedLease(owner: RunOwner, leaseUntil: number, now: number): boolean {
  return isOwnerDead(owner) ?? leaseUntil < now;
}

/** A process that was just begun, so that it can be told from a later one of the same id. */
export function identify(pid: number): Pick<AgentProcess, "host" | "pid" | "processStart"> {
  return { host: hostname(), pid, processStart: readStart(pid) };
}

/**
 * May something of this process group be alive? Its leader may have ended and left others behind; an id that went to
 * another process, or that was given out before the machine was started anew, names nothing of ours.
 */
export function mayBeAlive({
  host,
  pid,
  processStart,
}: Pick<AgentProcess, "host" | "pid" | "processStart">): boolean {
  if (host !== hostname()) return false;
  const start = readStart(pid);
  if (start !== "" && start !== ENDED) return processStart === "" || start === processStart;
  return (
    process.platform !== "linux" || processStart === "" || processStart.startsWith(`${bootId()}/`)
  );
}

/** Told of a process that is over, but whose parent has not asked for its exit code: its id is still taken. */
const ENDED = "ended";

function isAlive(pid: number): boolean {
  // 0 and negative numbers name groups of processes, our own among them.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

let known: string | undefined;

function ownStart(): string {
  known ??= readStart(process.pid);
  return known;
}

/** When a process began, in the system's own unit; empty when there is no such process or it cannot be told. */
function readStart(pid: number): string {
  try {
    if (process.platform === "linux") return readLinuxStart(pid);
    if (process.platform === "win32") return "";
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
    }).trim();
  } catch {
    return "";
  }
}

function readLinuxStart(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name in brackets and may hold spaces and brackets; field 3 is the state, 22 the start.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return ENDED;
  return `${bootId()}/${fields[19] ?? ""}`;
}

// Starts are counted from boot: after a reboot the same number is another process.
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
