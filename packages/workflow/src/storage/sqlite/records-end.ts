/** Each commit up to this entry records the end of the journal in the run's row. */
const ALWAYS_RECORDED = 64;
/** After that, it is recorded once per this many entries. */
const RECORDED_EVERY = 32;

/**
 * Whether a commit of `count` entries up to `seq` records the end of the journal in the run's row.
 *
 * The hash chain cannot show that its end is missing, but the run's row, on another page, can.
 * Writing that page with every commit would cost a long run a fifth of its speed, so the row may
 * lag behind by a few entries.
 */
export function recordsEnd(seq: number, count: number): boolean {
  if (seq <= ALWAYS_RECORDED) return true;
  return Math.floor(seq / RECORDED_EVERY) > Math.floor((seq - count) / RECORDED_EVERY);
}
