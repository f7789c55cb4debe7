import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { bootId, hasOwnProc, thisMachine } from "./machine.js";
import { outputOf } from "./output-of.js";
import type { AgentProcess, RunOwner } from "./StoragePort.js";

/** This process as an owner of runs, without the `ownerId`, which is unique to each engine. */
export function thisProcess(): Omit<RunOwner, "ownerId"> {
  return {
    host: hostname(),
    machine: thisMachine(),
    pid: process.pid,
    processStart: ownStart(),
  };
}

/**
 * Returns whether an owner's process has ended; undefined for a process on another machine or in
 * another pid namespace, which cannot be seen from here.
 */
export function isOwnerDead(owner: RunOwner): boolean | undefined {
  if (!isOnThisMachine(owner)) return undefined;
  const start = owner.pid === process.pid ? ownStart() : readStart(owner.pid);
  if (start === ENDED) return true;
  // Process ids are reused: the same id with another start time is another process. If either start
  // time is unknown, the id alone decides.
  if (start !== "" && owner.processStart !== "") return start !== owner.processStart;
  return !isAlive(owner.pid);
}

// A row of version 0.1.0 records no machine.
function isOnThisMachine({ host, machine }: Pick<RunOwner, "host" | "machine">): boolean {
  return machine === undefined ? host === hostname() : machine === thisMachine();
}

/** Returns data that identifies a newly started process, even after its id is reused. */
export function identify(pid: number): IdentifiedProcess {
  return { host: hostname(), machine: thisMachine(), pid, processStart: readStart(pid) };
}

/** The fields of a process that identify it. */
export type IdentifiedProcess = Pick<AgentProcess, "host" | "machine" | "pid" | "processStart">;

/**
 * Returns whether a member of this process group may still be alive. The leader may have exited
 * while its children run on. False if the id now belongs to another process, or dates from before
 * the last boot.
 */
export function mayBeAlive(one: IdentifiedProcess): boolean {
  const { pid, processStart } = one;
  if (!isOnThisMachine(one)) return false;
  const start = readStart(pid);
  if (start !== "" && start !== ENDED) return processStart === "" || start === processStart;
  return (
    process.platform !== "linux" || processStart === "" || processStart.startsWith(`${bootId()}/`)
  );
}

/** The start time reported for a zombie: a process that has exited but still occupies its id. */
const ENDED = "ended";

function isAlive(pid: number): boolean {
  // 0 and negative numbers address process groups, including our own.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

let known: string | undefined;

function ownStart(): string {
  known ??= readStart(process.pid);
  return known;
}

/**
 * Returns when a process started, in a unit that depends on the system; empty if the process does
 * not exist or cannot be read.
 */
function readStart(pid: number): string {
  try {
    if (process.platform === "linux") return hasOwnProc() ? readLinuxStart(pid) : "";
    if (process.platform === "win32") return "";
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    return outputOf("ps", ["-o", "lstart=", "-p", String(pid)], env).trim();
  } catch {
    return "";
  }
}

function readLinuxStart(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // Field 2 is the program's name in brackets, which may itself contain spaces and brackets. Field
  // 3 is the state, field 22 the start.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return ENDED;
  // Start times count from boot, so the same number after a reboot is another process.
  return `${bootId()}/${fields[19] ?? ""}`;
}
