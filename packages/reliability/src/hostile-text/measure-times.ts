import type { HostileText } from "./HostileText.ts";
import type { Measured } from "./judge-times.ts";

/** Each length is read this often. The least time counts. */
const READS = 3;

/** Measures the processor time of this thread, which does not grow on a busy machine. */
export async function measureTimes(
  hostile: HostileText,
  lengths: readonly number[],
): Promise<Measured> {
  const times: number[] = [];
  for (const length of lengths) {
    const text = hostile.text(length);
    let least = Infinity;
    for (let read = 0; read < READS; read += 1) {
      const before = process.threadCpuUsage();
      await hostile.read(text);
      const { user, system } = process.threadCpuUsage(before);
      least = Math.min(least, (user + system) / 1000);
    }
    times.push(least);
  }
  return { name: hostile.name, ms: times };
}
