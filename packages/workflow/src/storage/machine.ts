import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { outputOf } from "./output-of.js";

let known: string | undefined;

/**
 * Returns the machine of this process: the boot and the pid namespace, within which a process id
 * identifies one process. The host name is not part of it, because it can change while a process
 * runs, and several machines can share it. On a system without an identity for its boot, it is the
 * host name.
 */
export function thisMachine(): string {
  known ??= readMachine();
  return known;
}

function readMachine(): string {
  try {
    if (process.platform === "linux") {
      const boot = bootId();
      if (boot !== "") return `linux/${boot}/${readlinkSync("/proc/self/ns/pid")}`;
    }
    if (process.platform === "darwin") {
      const boot = outputOf("sysctl", ["-n", "kern.bootsessionuuid"]);
      if (boot.trim() !== "") return `darwin/${boot.trim()}`;
    }
  } catch {
    // The system does not identify its boot.
  }
  return `host/${hostname()}`;
}

/** Returns the id of the current boot of Linux; empty if it cannot be read. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/**
 * Returns whether /proc lists the processes of this pid namespace. In a container that was created
 * without its own /proc, the ids in it belong to other processes.
 */
export function hasOwnProc(): boolean {
  try {
    return readlinkSync("/proc/self") === String(process.pid);
  } catch {
    return false;
  }
}
