import { readFileSync } from "node:fs";
import { isatty } from "node:tty";

/** Standard input, standard output and standard error. */
const [STDIN, STDOUT, STDERR] = [0, 1, 2] as const;

/**
 * Whether the process is attached to a terminal, so that SIGHUP means that its terminal was closed.
 * Under `nohup`, cron, systemd or in a container without a terminal it is not.
 *
 * On Linux, `nohup` replaces standard input as well as the outputs. On other systems it keeps a
 * terminal as standard input, so only the outputs count there.
 */
export function isTerminalAttached(
  isTerminal: (descriptor: number) => boolean = isatty,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const descriptors = platform === "linux" ? [STDIN, STDOUT, STDERR] : [STDOUT, STDERR];
  return descriptors.some(isTerminal);
}

/**
 * Whether the terminal belongs to this process, and not to the shell that keeps it as a background
 * job (`axw run FILE &`, or Ctrl-Z and `bg`). Known on Linux only; elsewhere, always true.
 */
export function isForeground(readStat: () => string = ownStat): boolean {
  try {
    // The program's name comes first, in parentheses, and may contain anything.
    const stat = readStat();
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [group, terminalGroup] = [fields[2], fields[5]];
    return terminalGroup === undefined || UNKNOWN.has(terminalGroup) || terminalGroup === group;
  } catch {
    return true;
  }
}

/** There is no controlling terminal; its group is in another pid namespace. */
const UNKNOWN: ReadonlySet<string> = new Set(["-1", "0"]);

function ownStat(): string {
  return process.platform === "linux" ? readFileSync("/proc/self/stat", "utf8") : "";
}
