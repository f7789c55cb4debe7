import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { RunOwner } from "./StoragePort.js";

/** This process as the owner of runs, but for the id, which belongs to one engine. */
export function thisProcess(): Omit<RunOwner, "ownerId"> {
  return { host: hostname(), pid: process.pid, processStart: processStart(process.pid) ?? "" };
}

/** Is the process of an owner gone? Undefined for another machine, where that cannot be seen. */
export function isOwnerDead(owner: RunOwner): boolean | undefined {
  if (owner.host !== hostname()) return undefined;
  if (owner.pid === process.pid && owner.processStart === (processStart(process.pid) ?? "")) return false;
  const start = processStart(owner.pid);
  if (start === undefined) return process.platform === "linux" || !isAlive(owner.pid);
  // Process ids are used again: the same id with another start is another process.
  return owner.processStart !== "" && start !== owner.processStart;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const own = new Map<number, string | undefined>();

/** When a process began, in the system's own unit; undefined when there is no such process or it cannot be told. */
function processStart(pid: number): string | undefined {
  if (pid === process.pid && own.has(pid)) return own.get(pid);
  const start = readProcessStart(pid);
  if (pid === process.pid) own.set(pid, start);
  return start;
}

function readProcessStart(pid: number): string | undefined {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The second field is the program's name in brackets and may hold spaces; field 3 is the state, 22 the start.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : `${bootId()}/${fields[19]}`;
    }
    if (process.platform === "win32") return undefined;
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}

// Starts are counted from boot: after a reboot the same number is another process.
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
