/** How much of one attempt's output is stored, in bytes. */
export const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

const LIMIT_NOTICE = "\n[the output continues, but only its first 10 MB are stored]\n";

/** What is stored of a piece of output, and the length of the attempt's output afterwards. */
export interface KeptOutput {
  /** Empty if nothing is stored. */
  readonly text: string;
  /** In bytes; more than `LOG_LIMIT_BYTES` once the notice is stored. */
  readonly length: number;
}

/** Cuts a piece of output at the limit of its attempt, with a notice that is added once. */
export function withinLogLimit(text: string, length: number): KeptOutput {
  if (length > LOG_LIMIT_BYTES) return { text: "", length };
  const room = LOG_LIMIT_BYTES - length;
  const size = Buffer.byteLength(text);
  if (size <= room) return { text, length: length + size };
  return { text: cut(text, room) + LIMIT_NOTICE, length: LOG_LIMIT_BYTES + 1 };
}

// Cuts between characters: part of a character would be read back as a different one.
function cut(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
