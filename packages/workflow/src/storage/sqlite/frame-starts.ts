const HEADER_BYTES = 32;
const SALTS_AT = 8;
const CHECKSUM_AT = 16;

/**
 * Returns where each frame of a log starts. Frames follow each other without gaps. If bytes were
 * removed or inserted, the salts show where the next frame starts; those of the frame after it
 * confirm the place.
 */
export function frameStarts(log: Buffer, frameBytes: number, salts: Buffer): number[] {
  const starts: number[] = [];
  const isFrame = (at: number): boolean =>
    log.subarray(at + SALTS_AT, at + CHECKSUM_AT).equals(salts);
  let found = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    if (!isFrame(at) && found >= 0) {
      const from = (starts.at(-1) ?? at - frameBytes) + CHECKSUM_AT;
      if (found < from) found = log.indexOf(salts, from);
      const moved = found - SALTS_AT;
      if (found >= 0 && (moved - at) % frameBytes !== 0 && isFrame(moved + frameBytes)) at = moved;
    }
    starts.push(at);
  }
  return starts;
}
