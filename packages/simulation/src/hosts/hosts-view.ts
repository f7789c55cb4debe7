import type { StoragePort } from "@automatosx/workflow";
import type { SimulatedProcess } from "../engine/SimulatedProcess.js";
import type { VirtualTime } from "../engine/VirtualTime.js";
import type { Host } from "./Host.js";
import type { HostDatabase } from "./HostDatabase.js";
import type { HostPlan } from "./HostPlan.js";
import type { HostTeam } from "./HostTeam.js";

/** The parts of a world of hosts that its faults and checks use. */
export interface HostsView {
  readonly time: VirtualTime;
  readonly plan: HostPlan;
  readonly hosts: readonly Host[];
  readonly database: HostDatabase;
  readonly team: HostTeam;
  /** The rows, as the world sees them. */
  readonly rows: StoragePort;
  /** The host of the process that is now its own; undefined for the client and dead processes. */
  hostOf(process: SimulatedProcess): Host | undefined;
  /** Starts a process on a host, with an engine that looks for work. */
  start(host: Host): Promise<void>;
  /** Adds a line to the trace. */
  log(line: string): void;
  /** Reports a broken promise, which ends the world. */
  report(failure: string): void;
}
