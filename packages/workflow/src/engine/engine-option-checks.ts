import type { JournalOptions, StartOptions } from "../backend/ExecutionBackend.js";
import type {
  AmendOptions,
  BudgetLimits,
  CancelOptions,
  EditOptions,
  GateAnswer,
  OutcomeAnswer,
  ReopenOptions,
  SentSignal,
} from "../backend/run-command.js";
import { agentMap } from "../checks/agent-check.js";
import { isRecord, type OptionCheck, type OptionChecks } from "../checks/check-options.js";
import {
  absolutePath,
  amount,
  anything,
  callable,
  count,
  flag,
  members,
  oneOf,
  path,
  record,
  shortText,
  signal,
  text,
  textOrEmpty,
  traceparent,
  withMethods,
} from "../checks/option-checks.js";
import { CHECKPOINT_POLICY_CHECKS, LIMIT_CHECKS } from "../drive/limit-checks.js";
import { notifyOption } from "../notify/receiver-checks.js";
import type { EnginePorts } from "../ports.js";
import { RETENTION_CHECKS } from "../retention/retention-checks.js";
import { MIN_LEASE_MS } from "../storage/owner-state.js";
import type { StartedFrom } from "../storage/StoragePort.js";
import { storagePort } from "../storage/storage-check.js";
import type { Afterwards } from "./afterwards.js";
import type { EngineOptions } from "./EngineOptions.js";
import type { ForkOptions } from "./ForkOptions.js";
import { runIdCheck } from "./named-run.js";
import type { PreviewOptions } from "./PreviewOptions.js";
import type { ResumeChanges } from "./resume-changes.js";

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
  executes: flag,
  recover: flag,
  onAsk: callable,
  notify: notifyOption,
  retention: members(RETENTION_CHECKS),
  abandonAfterMs: amount(0),
  leaseMs: amount(MIN_LEASE_MS),
  ports: members(PORT_CHECKS),
};

const STARTED_FROM_CHECKS: OptionChecks<StartedFrom> = {
  directory: absolutePath,
  file: absolutePath,
  agentsFile: absolutePath,
  traceparent,
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

const ANSWERER_CHECKS = { note: textOrEmpty, by: text, attemptNumber: count(1) };

const GATE_ANSWER_CHECKS: OptionChecks<GateAnswer> = {
  approved: flag,
  values: record(),
  edits: anything,
  ...ANSWERER_CHECKS,
};

const OUTCOME_ANSWER_CHECKS: OptionChecks<OutcomeAnswer> = {
  done: flag,
  result: anything,
  ...ANSWERER_CHECKS,
};

/** The check of an answer to a step. */
export const checkAnswer: OptionCheck = (answer, name) =>
  isRecord(answer) && answer["done"] !== undefined
    ? members<OutcomeAnswer>(OUTCOME_ANSWER_CHECKS)(answer, name)
    : members<GateAnswer>(GATE_ANSWER_CHECKS)(answer, name);

/** Maximum length of the name and of the id of a signal, in characters. */
const MAX_SIGNAL_CHARS = 1000;

/** The check of the name of a signal. */
export const signalName = shortText(MAX_SIGNAL_CHARS);

/** The checks of `signal`. */
export const SIGNAL_CHECKS: OptionChecks<SentSignal> = {
  data: anything,
  signalId: shortText(MAX_SIGNAL_CHARS),
};

/** The checks of a change of a run's budget. */
export const BUDGET_CHECKS: OptionChecks<BudgetLimits> = {
  usd: amount(0),
  tokens: amount(0),
  launches: count(0),
  wallMs: amount(0),
  unmetered: oneOf("pause", "allow"),
};

/** The checks of `editResult`. */
export const EDIT_CHECKS: OptionChecks<EditOptions> = {
  attemptNumber: count(0),
  by: text,
  note: textOrEmpty,
};

/** The checks of `reopen`. */
export const REOPEN_CHECKS: OptionChecks<ReopenOptions> = { downstream: flag, by: text };

/** The checks of `amend`. */
export const AMEND_CHECKS: OptionChecks<AmendOptions> = { inputs: record(), by: text };

/** The checks of `preview`. */
export const PREVIEW_CHECKS: OptionChecks<PreviewOptions> = { inputs: record() };

/** The checks of `fork`. */
export const FORK_CHECKS: OptionChecks<ForkOptions> = {
  checkpoint: text,
  source: anything,
  inputs: record(),
  runId: runIdCheck,
  startedFrom: members(STARTED_FROM_CHECKS),
};

/** The checks of what follows an answer or a signal. */
export const AFTERWARDS_CHECKS: OptionChecks<Afterwards> = { resume: flag };

/** The checks of `resume`. */
export const RESUME_CHECKS: OptionChecks<ResumeChanges> = {
  budget: members<BudgetLimits>(BUDGET_CHECKS),
  unmetered: oneOf("pause", "allow"),
  by: text,
};

/** The checks of `RunHandle.pause`. */
export const PAUSE_CHECKS: OptionChecks<{ readonly stopAgents?: boolean }> = { stopAgents: flag };

/** The check of an id, or of a part of one. */
export function checkId(id: unknown, what = "The run id"): asserts id is string {
  text(id, what);
}
