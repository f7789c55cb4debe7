import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** One live process, as reported by the kernel. Zombies are excluded because they no longer run. */
export interface RunningProcess {
  readonly pid: number;
  readonly parentId: number;
  readonly groupId: number;
  readonly sessionId: number;
  /**
   * The value of a variable when the process started; undefined if it was not set or the process
   * belongs to another user.
   */
  environmentValue(name: string): string | undefined;
}

/**
 * Whether this system can list its processes with their environments. Only Linux can, using /proc.
 * In a container that was created without its own /proc, the ids in it belong to other processes.
 */
export const canListProcesses: boolean = hasOwnProc();

function hasOwnProc(): boolean {
  try {
    return existsSync("/proc/self/environ") && readlinkSync("/proc/self") === String(process.pid);
  } catch {
    return false;
  }
}

let upcoming: Promise<readonly RunningProcess[]> | undefined;

/**
 * The processes that are running at some moment after the call. Callers in the same turn of the
 * event loop share one scan, so a hundred cancellations cost a single scan.
 */
export function runningProcesses(): Promise<readonly RunningProcess[]> {
  upcoming ??= new Promise((resolve) => {
    setImmediate(() => {
      upcoming = undefined;
      resolve(readProcesses());
    });
  });
  return upcoming;
}

function readProcesses(): readonly RunningProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    const stat = /^\d+$/.test(name) ? readIfThere(`/proc/${name}/stat`) : "";
    return stat === "" ? [] : (parseStat(Number(name), stat) ?? []);
  });
}

// `pid (name) state parent group session …`, where the name itself may contain spaces and
// parentheses.
function parseStat(pid: number, stat: string): RunningProcess | undefined {
  const [state, parentId, groupId, sessionId] = stat.slice(stat.lastIndexOf(")") + 2).split(" ", 4);
  if (state === "Z" || state === "X") return undefined;
  let environment: string | undefined;
  return {
    pid,
    parentId: Number(parentId),
    groupId: Number(groupId),
    sessionId: Number(sessionId),
    environmentValue(name) {
      environment ??= `\0${readIfThere(`/proc/${pid}/environ`)}`;
      const at = environment.indexOf(`\0${name}=`);
      if (at === -1) return undefined;
      const from = at + name.length + 2;
      const end = environment.indexOf("\0", from);
      return environment.slice(from, end === -1 ? undefined : end);
    },
  };
}

// A process may end between being listed and being read, and other users' processes cannot be read.
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
