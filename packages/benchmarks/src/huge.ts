import { runEngineChild } from "./children.ts";
import { bareTransactionMs } from "./floor.ts";
import { atMost, BUSY, type Row, shorten } from "./row.ts";

/** KB; Node's own is 984. */
const STACK = 500;

/** What a hundred thousand steps take, and how that grows from ten thousand: in a process of its own, with half a stack. */
export function hugeRows(folder: string): Row[] {
  return (["independent steps", "steps in a chain"] as const).flatMap((what) => {
    const bareBefore = bareTransactionMs(folder, "full");
    const {
      mediumMs = Number.NaN,
      largeMs = Number.NaN,
      peakMb,
    } = runEngineChild(what, folder, `--stack-size=${STACK}`);
    const bareMs = (bareBefore + bareTransactionMs(folder, "full")) / 2;
    const scale = {
      slack: 3,
      reason:
        "In a chain both are mostly disk, and minutes apart it is another disk where other programs use it too; beside the disk, garbage is collected in longer pauses.",
    };
    return [
      atMost(`100,000 ${what}, stack of ${STACK} KB`, largeMs / 1000, 60, {
        unit: " s",
        slack: BUSY,
        // In a chain each step is a commit.
        ...(what === "steps in a chain" && { diskTook: 100 * bareMs }),
        note: `${shorten(100_000_000 / largeMs)} steps/s; 100,000 bare transactions ${shorten(100 * bareMs)} s`,
        reason:
          "See the rows of 1,000 steps, the same work a hundred times; in a chain most of it is the disk, as the bare transactions show.",
      }),
      atMost(`100,000 ${what} against 10,000`, largeMs / mediumMs, 12, { unit: "×", ...scale }),
      atMost(`100,000 ${what}, memory at its most, whole process`, peakMb / 1024, 1, {
        unit: " GB",
        reason:
          "The definition as data, as text and as stored, the graph, every step's state, and the turns not yet written.",
      }),
    ];
  });
}
