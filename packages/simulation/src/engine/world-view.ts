import type { StoragePort } from "@automatosx/workflow";
import type { SeededRandom } from "../SeededRandom.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import type { Team } from "./Team.js";
import type { VirtualTime } from "./VirtualTime.js";

/** The parts of a simulated world that its operator, faults and checks use. */
export interface WorldView {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly runs: readonly SimulatedRun[];
  readonly processes: readonly SimulatedProcess[];
  readonly team: Team;
  /** The world's own connection: it does not belong to a process and never fails. */
  readonly storage: StoragePort;
  /** The run with this id, which may be the id of an earlier start. */
  runOf(runId: string): SimulatedRun | undefined;
  /** Starts a process with an engine on the database. */
  launch(skewMs?: number): Promise<SimulatedProcess>;
  /** Performs `start`; the id that it generates becomes the id of `run`. */
  starting(run: SimulatedRun, start: () => void): void;
  /** Adds a line to the trace. */
  log(line: string): void;
  /** Reports a broken promise, which ends the world. */
  report(failure: string): void;
}
