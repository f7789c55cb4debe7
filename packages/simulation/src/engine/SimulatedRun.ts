import type { RunEvent, WorkflowDefinition } from "@automatosx/schemas";
import type { RunHandle, RunReader } from "@automatosx/workflow";
import type { Answer } from "./answer.js";
import type { Script } from "./expected-ending.js";
import type { RunModel } from "./RunModel.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedWorkflow } from "./workflows.js";

/**
 * A run in the world: the requests made for it, the processes that work on it, and what is known
 * about it.
 */
export class SimulatedRun {
  readonly name: string;
  readonly workflow: SimulatedWorkflow;
  readonly script: Script;
  /** Undefined until a start has been tried. Each start uses a new id, unless the run is named. */
  id: string | undefined;
  /** True if the operator chose the id, so that the start can be repeated. */
  isNamed = false;
  /** Processes that are starting the run by its id and have not answered yet. */
  readonly starters = new Set<SimulatedProcess>();
  model: RunModel;
  /** The process that last acquired the run's lease. */
  ownedBy: SimulatedProcess | undefined;
  /** The process that started the newest attempt of each step. */
  readonly startedIn = new Map<string, SimulatedProcess>();
  /** The process whose handle of the run is watched. */
  watchedIn: SimulatedProcess | undefined;
  handle: RunHandle | undefined;
  /**
   * The process that was asked to start the run. No other process starts the run while this one is
   * alive.
   */
  startedBy: SimulatedProcess | undefined;
  /** True if the next attempt to start or resume the run is planned. */
  isScheduled = false;
  hasEnded = false;
  /** Consecutive calls for the run that failed. */
  failuresInRow = 0;
  wantsRestore = false;
  wasCancelRequested = false;
  wasCancelAcknowledged = false;
  cancelledBy: SimulatedProcess | undefined;
  /**
   * Consecutive recoveries since an outcome was last recorded or the run was last resumed by its
   * id.
   */
  recoveries = 0;
  /**
   * True after the disk was full: the run does not start any more steps, and its handle rejects
   * once its agents have stopped.
   */
  isSuspended = false;
  /** How many more times the run is resumed after a failure before the failure is final. */
  resumesLeft: number;
  reader: RunReader | undefined;
  /** The events that followers received, one list per follower. */
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
