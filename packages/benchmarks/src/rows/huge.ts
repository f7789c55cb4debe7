import { runEngineChild } from "../children.ts";
import { bareTransactionMs } from "../floor.ts";
import { atMost, BUSY, type Row, shorten } from "../row.ts";

/** The stack size in KB: half of Node's default of 984. */
const STACK = 500;

/**
 * Measures 100,000 steps, and how the cost grows from 10,000, in a process with half the default
 * stack.
 */
export function hugeRows(shape: "independent" | "chain", folder: string): Row[] {
  const bareBefore = bareTransactionMs(folder, "full");
  const {
    mediumMs = Number.NaN,
    largeMs = Number.NaN,
    peakMb,
  } = runEngineChild(`huge-${shape}`, folder, `--stack-size=${STACK}`);
  const bareMs = (bareBefore + bareTransactionMs(folder, "full")) / 2;
  return [
    atMost(`huge-${shape}`, largeMs / 1000, 60, {
      unit: " s",
      slack: BUSY,
      // In a chain, each step is one commit.
      ...(shape === "chain" && { diskTook: 100 * bareMs }),
      note:
        `${shorten(100_000_000 / largeMs)} steps/s; ` +
        `100,000 bare transactions ${shorten(100 * bareMs)} s`,
      reason:
        "The same work as in the rows of 1,000 steps, a hundred times; in a chain most of it is " +
        "the disk, as the bare transactions show.",
    }),
    atMost(`huge-${shape}-growth`, largeMs / mediumMs, 12, {
      unit: "×",
      slack: 3,
      reason:
        "In a chain both are mostly disk, and minutes apart a shared disk is another disk; " +
        "beside the disk, garbage collection pauses longer.",
    }),
    atMost(`huge-${shape}-memory`, peakMb / 1024, 1, {
      unit: " GB",
      reason:
        "The definition as data, as text and as stored, the graph, every step's state, and the " +
        "turns not yet written.",
    }),
  ];
}
