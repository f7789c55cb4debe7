import type { JournalOptions, StartOptions } from "../backend/ExecutionBackend.js";
import type { CancelOptions } from "../backend/run-command.js";
import { agentMap } from "../checks/agent-check.js";
import type { OptionChecks } from "../checks/check-options.js";
import {
  absolutePath,
  amount,
  callable,
  count,
  flag,
  members,
  oneOf,
  path,
  record,
  signal,
  text,
  withMethods,
} from "../checks/option-checks.js";
import { CHECKPOINT_POLICY_CHECKS, LIMIT_CHECKS } from "../drive/limit-checks.js";
import type { EnginePorts } from "../ports.js";
import { RETENTION_CHECKS } from "../retention/retention-checks.js";
import type { StartedFrom } from "../storage/StoragePort.js";
import { storagePort } from "../storage/storage-check.js";
import type { EngineOptions } from "./EngineOptions.js";
import { runIdCheck } from "./named-run.js";

const PORT_CHECKS: OptionChecks<EnginePorts> = {
  clock: withMethods("a clock", "now", "setTimer", "afterTurn"),
  ids: withMethods("an object with the method `next`", "next"),
  chance: withMethods("an object with the method `next`", "next"),
};

/** The checks of `WorkflowEngine.open`. */
export const ENGINE_CHECKS: OptionChecks<EngineOptions> = {
  ...LIMIT_CHECKS,
  database: path,
  create: flag,
  storage: storagePort,
  durability: oneOf("full", "process"),
  agents: agentMap,
  agentFactory: callable,
  secrets: callable,
  checkpoint: members(CHECKPOINT_POLICY_CHECKS),
  recover: flag,
  retention: members(RETENTION_CHECKS),
  abandonAfterMs: amount(0),
  ports: members(PORT_CHECKS),
};

const STARTED_FROM_CHECKS: OptionChecks<StartedFrom> = {
  directory: absolutePath,
  file: absolutePath,
  agentsFile: absolutePath,
};

/** The checks of `start`. Whether `inputs` fit the workflow is checked against the workflow. */
export const START_CHECKS: OptionChecks<StartOptions> = {
  ...LIMIT_CHECKS,
  runId: runIdCheck,
  format: oneOf("yaml", "json"),
  inputs: record(),
  context: record(),
  startedFrom: members(STARTED_FROM_CHECKS),
  signal,
};

/** The checks of `events` and `journal`. */
export const EVENTS_CHECKS: OptionChecks<JournalOptions> = { afterSeq: count(0), signal };

/** The checks of `cancel`. */
export const CANCEL_CHECKS: OptionChecks<CancelOptions> = { reason: text };

/** The checks of `RunHandle.pause`. */
export const PAUSE_CHECKS: OptionChecks<{ readonly stopAgents?: boolean }> = { stopAgents: flag };

/** The check of an id, or of a part of one. */
export function checkId(id: unknown, what = "The run id"): asserts id is string {
  text(id, what);
}
