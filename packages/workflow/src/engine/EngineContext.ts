import type { AgentDirectory } from "../agents/AgentDirectory.js";
import type { CheckpointManager } from "../checkpoint/CheckpointManager.js";
import type { FollowedRun } from "../observe/follow-run.js";
import type { EnginePorts } from "../ports.js";
import type { RunOwner, StoragePort } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import type { ActiveRuns } from "./ActiveRuns.js";
import type { ChildRunPort } from "./child-runs/ChildRunPort.js";
import type { EffectRunner } from "./EffectRunner.js";
import type { EngineOptions } from "./EngineOptions.js";
import type { ExpiredLeases } from "./ExpiredLeases.js";
import type { LeaseKeeper } from "./LeaseKeeper.js";
import type { RunFiles } from "./RunFiles.js";
import type { EventsOptions } from "./RunHandle.js";
import type { RunOrigin } from "./RunOrigin.js";
import type { RunSignals } from "./RunSignals.js";

/** The parts of an engine, as its operations use them. `WorkflowEngine` wires them. */
export interface EngineContext {
  readonly options: EngineOptions;
  readonly storage: StoragePort;
  readonly checkpoints: CheckpointManager;
  readonly ports: EnginePorts;
  readonly owner: RunOwner;
  readonly agents: AgentDirectory;
  readonly effects: EffectRunner;
  readonly files: RunFiles;
  readonly leases: LeaseKeeper;
  readonly expired: ExpiredLeases;
  readonly runs: ActiveRuns;
  readonly signals: RunSignals;
  readonly childRuns: ChildRunPort;
  /**
   * Makes a run active. With `onlyRecords`, events are recorded, but nothing starts: no agent is
   * called, and no timer is set.
   */
  activate(origin: RunOrigin, options?: { readonly onlyRecords: boolean }): ActiveRun;
  /** Throws `engine_closed` once the engine is closed. */
  assertOpen(): void;
  events(runId: string, options: EventsOptions): FollowedRun;
}
