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
