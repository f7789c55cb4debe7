import type { HostileText } from "./HostileText.ts";
import { judgeTimes, type Measured } from "./judge-times.ts";

/** Each length is read this often at most. The least time counts. */
const READS = 3;

/**
 * Measures the processor time of this thread, which does not grow on a busy machine. The longest
 * text takes most of the time: it is read again only while its time would be judged as too long.
 */
export async function measureTimes(
  hostile: HostileText,
  lengths: readonly number[],
): Promise<Measured> {
  const times: number[] = [];
  for (const [index, length] of lengths.entries()) {
    const text = hostile.text(length);
    const isLongest = index === lengths.length - 1;
    let least = Infinity;
    const isEnough = (): boolean =>
      isLongest && judgeTimes({ name: hostile.name, ms: [...times, least] }) === undefined;
    for (let read = 0; read < READS && !isEnough(); read += 1) {
      const before = process.threadCpuUsage();
      await hostile.read(text);
      const { user, system } = process.threadCpuUsage(before);
      least = Math.min(least, (user + system) / 1000);
    }
    times.push(least);
  }
  return { name: hostile.name, ms: times };
}
