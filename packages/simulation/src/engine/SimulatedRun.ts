import type { RunEvent, WorkflowDefinition } from "@automatosx/schemas";
import type { RunHandle, RunReader } from "@automatosx/workflow";
import type { Answer } from "./answer.js";
import type { Script } from "./expected-ending.js";
import type { RunModel } from "./RunModel.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedWorkflow } from "./workflows.js";

/** A run of the world: what was requested of it, who works on it, and what is known of it. */
export class SimulatedRun {
  readonly name: string;
  readonly workflow: SimulatedWorkflow;
  readonly script: Script;
  /** Undefined until a start was tried. Another start has another id, unless the run is named. */
  id: string | undefined;
  /** True if the operator chose the id, with which the run can be started repeatedly. */
  isNamed = false;
  /** Processes that are starting it by its id and have not answered yet. */
  readonly starters = new Set<SimulatedProcess>();
  model: RunModel;
  /** The process that last acquired its lease. */
  ownedBy: SimulatedProcess | undefined;
  /** The process whose handle of the run is watched. */
  watchedIn: SimulatedProcess | undefined;
  handle: RunHandle | undefined;
  /** The process that was asked to start it. While it lives, no other starts the run. */
  startedBy: SimulatedProcess | undefined;
  /** True if the next work on it is planned. */
  isScheduled = false;
  hasEnded = false;
  wantsRestore = false;
  wasCancelRequested = false;
  wasCancelAcknowledged = false;
  cancelledBy: SimulatedProcess | undefined;
  /** Recoveries in a row, since an outcome was last recorded or the run was resumed by its id. */
  recoveries = 0;
  /**
   * True after the disk was full: the run starts nothing more, and its handle rejects once its
   * agents have stopped.
   */
  isSuspended = false;
  /** How often a failed run is still resumed before its failure is final. */
  resumesLeft: number;
  reader: RunReader | undefined;
  /** The events that followers received, one list for each follower. */
  readonly followed: RunEvent[][] = [];

  constructor(
    name: string,
    workflow: SimulatedWorkflow,
    script: Script,
    model: RunModel,
    resumesLeft: number,
  ) {
    this.name = name;
    this.workflow = workflow;
    this.script = script;
    this.model = model;
    this.resumesLeft = resumesLeft;
  }

  get definition(): WorkflowDefinition {
    return this.workflow.prepared.definition;
  }

  get answer(): Answer {
    return this.workflow.answer;
  }
}
