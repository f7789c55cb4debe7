import type { RunEvent, WorkflowDefinition } from "@automatosx/schemas";
import type { RunHandle, RunReader } from "@automatosx/workflow";
import type { Script } from "./expected-ending.js";
import type { RunModel } from "./RunModel.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { Answer, SimulatedWorkflow } from "./workflows.js";

/** A run of the world: what was asked of it, who attends to it, and what is known of it from outside. */
export class SimulatedRun {
  readonly name: string;
  readonly workflow: SimulatedWorkflow;
  readonly script: Script;
  /** Absent until a start was tried. Another start has another id, unless the run is named. */
  id: string | undefined;
  /** Has it an id of its operator's, with which it is started as often as one likes? */
  isNamed = false;
  /** Processes that were asked to start it by its name, and have not answered. */
  readonly starters = new Set<SimulatedProcess>();
  model: RunModel;
  /** Who took its lease last. */
  ownedBy: SimulatedProcess | undefined;
  /** The process whose handle is watched. */
  attendedBy: SimulatedProcess | undefined;
  handle: RunHandle | undefined;
  /** The process that was asked to start it: until it is dead, no other is. */
  startedBy: SimulatedProcess | undefined;
  /** Is something under way that will end in somebody attending to it, or in the next try? */
  isCaredFor = false;
  isOver = false;
  wantsRestore = false;
  wasCancelAsked = false;
  wasCancelAcknowledged = false;
  cancelledBy: SimulatedProcess | undefined;
  /** How often it was recovered in a row without an outcome of an agent being recorded, or anyone asking for it by its id. */
  recoveries = 0;
  /** The disk was full: it starts nothing more, and its handle tells of it once its agents have stopped. */
  isPutAside = false;
  /** How often a failed run is taken up again before its failure is believed. */
  resumesLeft: number;
  reader: RunReader | undefined;
  /** What followers were told, one list for each who followed. */
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
    return this.workflow.definition;
  }

  get answer(): Answer {
    return this.workflow.answer;
  }
}
