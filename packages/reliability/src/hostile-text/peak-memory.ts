import { readFileSync } from "node:fs";

/**
 * The most memory that this process has used, in MiB. Read from /proc where available, because
 * getrusage also counts the parent's memory at the fork.
 */
export function peakMebibytes(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
