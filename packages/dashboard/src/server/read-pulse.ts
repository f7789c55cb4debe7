import path from "node:path";
import type { Pulse } from "../api/house.schema.js";
import { questionCount } from "./asks.js";
import type { RunControl } from "./DashboardOptions.js";
import type { Reading } from "./Reading.js";

/** Returns the state of the whole database in a few numbers. */
export function readPulse(reading: Reading): Pulse {
  const { storage, options, tallies, recent } = reading;
  const { version, isReadOnly = false, folder } = options;
  return {
    now: reading.now(),
    version,
    database: path.relative(folder, storage.databasePath ?? folder),
    isReadOnly,
    typed: typedParts(options.control),
    counts: tallies.of({ isChild: false }).counts,
    gates: questionCount(recent.open()),
  };
}

function typedParts({ typed }: Pick<RunControl, "typed">): Pulse["typed"] {
  const program = typed(["init"]).slice(0, -" init".length);
  return { program, database: typed(["list"]).slice(`${program} list `.length) };
}
