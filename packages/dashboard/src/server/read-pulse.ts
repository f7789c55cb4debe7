import path from "node:path";
import { listOpenQuestions } from "@automatosx/workflow/observe";
import type { Pulse } from "../api/house.schema.js";
import type { Reading } from "./Reading.js";

/** Returns the state of the whole database in a few numbers. */
export function readPulse(reading: Reading): Pulse {
  const { storage, options } = reading;
  const { version, isReadOnly = false, folder } = options;
  return {
    now: reading.now(),
    version,
    database: path.relative(folder, storage.databasePath ?? folder),
    isReadOnly,
    counts: storage.countRuns(),
    gates: listOpenQuestions(storage).length,
  };
}
