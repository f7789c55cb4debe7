import { FRAME_HEADER_BYTES, LOG_HEADER_BYTES } from "../../src/storage/sqlite/file-format.js";

/** How many bytes of a log with pages of 4,096 bytes belong to committed transactions. */
export function committedBytes(log: Buffer): number {
  const frameBytes = FRAME_HEADER_BYTES + 4096;
  let end = 0;
  for (let at = LOG_HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes)
    if (log.readUInt32BE(at + 4) > 0 && log.subarray(at + 8, at + 16).equals(log.subarray(16, 24)))
      end = at + frameBytes;
  return end;
}
