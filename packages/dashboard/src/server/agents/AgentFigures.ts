import { agentsOf } from "@automatosx/workflow";
import { isOwned, type StepAttemptRow, type StoredRun } from "@automatosx/workflow/observe";
import { cleanStart, type RunView } from "@automatosx/workflow/run-view";
import type { Reading } from "../Reading.js";

type Step = ReturnType<RunView["steps"]>[number];

/** What one agent did in one run. */
export interface AgentInRun {
  running: number;
  attempts: number;
  failed: number;
  readonly tookMs: number[];
  usd?: number;
  tokens?: number;
  parkedUntil?: number;
  lastError?: { readonly text: string; readonly at: number; readonly runId: string };
}

/** How many runs' figures are kept in memory. */
const MAX_KNOWN = 1000;

/** An error is cut to this length. */
const MAX_ERROR = 500;

interface Known {
  readonly seq: number;
  readonly agents: ReadonlyMap<string, AgentInRun>;
}

/** What the agents did in each run, read from its journal once. */
export class AgentFigures {
  readonly #reading: Reading;
  /** By run id, the last used at the end. */
  readonly #known = new Map<string, Known>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Returns what is known already; undefined if the journal has grown since. */
  known({ runId, journalSeq }: StoredRun): Known["agents"] | undefined {
    const known = this.#known.get(runId);
    return known?.seq === journalSeq ? known.agents : undefined;
  }

  /**
   * Reads what the agents did in a run.
   *
   * @throws WorkflowError `journal_damaged`
   */
  read(run: StoredRun): Known["agents"] {
    const { storage, readers } = this.#reading;
    const { runId } = run;
    const { view } = readers.latest(runId);
    const steps = view.steps().filter(isOfAgent);
    const agentOf = new Map(steps.map((step) => [step.id, agentIdOf(step)]));
    const agents = new Map<string, AgentInRun>();
    const inRun = (agentId: string): AgentInRun => {
      const known = agents.get(agentId) ?? { running: 0, attempts: 0, failed: 0, tookMs: [] };
      agents.set(agentId, known);
      return known;
    };
    for (const step of steps) noteParked(inRun(agentIdOf(step)), step);
    for (const attempt of storage.listAttempts(runId)) {
      const agentId = agentOf.get(attempt.stepId);
      if (agentId !== undefined) noteAttempt(inRun(agentId), attempt, isOwned(run));
    }
    if (view.budget() !== undefined)
      for (const { stepId, usd, tokens } of usagesOf(this.#reading, runId)) {
        const agentId = agentOf.get(stepId);
        if (agentId === undefined) continue;
        const known = inRun(agentId);
        if (usd !== undefined) known.usd = (known.usd ?? 0) + usd;
        if (tokens !== undefined) known.tokens = (known.tokens ?? 0) + tokens;
      }
    for (const [agentId, { attempts, parkedUntil }] of agents)
      if (attempts === 0 && parkedUntil === undefined) agents.delete(agentId);
    this.#keep(runId, { seq: run.journalSeq, agents });
    return agents;
  }

  #keep(runId: string, known: Known): void {
    this.#known.delete(runId);
    this.#known.set(runId, known);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > MAX_KNOWN) this.#known.delete(oldest);
  }
}

/** Whether an agent performs the step, and no program of its own or question. */
function isOfAgent(step: Step): boolean {
  return step.kind === undefined && step.run === undefined && agentsOf(step).length > 0;
}

// The agent of the latest attempt: earlier ones of a chain count as attempts of this one.
function agentIdOf({ agentId, detail = {}, fallback }: Step): string {
  const { agentIndex = 0 } = detail;
  const next = agentIndex === 0 ? undefined : fallback?.agents[agentIndex - 1];
  return next ?? detail.agentId ?? agentId;
}

function noteParked(agent: AgentInRun, { waitingFor, retryAt }: Step): void {
  if (waitingFor !== "quota" || retryAt === undefined) return;
  agent.parkedUntil = Math.max(agent.parkedUntil ?? 0, retryAt);
}

function noteAttempt(agent: AgentInRun, attempt: StepAttemptRow, isRunOwned: boolean): void {
  const { runId, status, startedAt, finishedAt, error } = attempt;
  agent.attempts += 1;
  if (status === "running" && isRunOwned) agent.running += 1;
  if (status === "completed" && finishedAt !== undefined)
    agent.tookMs.push(Math.max(0, finishedAt - startedAt));
  if (status !== "failed") return;
  agent.failed += 1;
  const at = finishedAt ?? startedAt;
  if (error !== undefined && at >= (agent.lastError?.at ?? 0))
    agent.lastError = { text: cleanStart(error, MAX_ERROR), at, runId };
}

const ENDINGS = new Set(["step_completed", "step_failed", "step_answered"]);

/** What attempts have reported, in the order of the journal. A reused result cost nothing here. */
function* usagesOf(
  { storage }: Pick<Reading, "storage">,
  runId: string,
): Generator<{ stepId: string; usd?: number; tokens?: number }> {
  for (const { type, stepId, payload } of storage.readJournal(runId)) {
    if (stepId === undefined || !ENDINGS.has(type) || !payload.includes('"usage"')) continue;
    const { usage = {}, reused } = JSON.parse(payload) as {
      readonly usage?: { readonly usd?: unknown; readonly tokens?: unknown };
      readonly reused?: unknown;
    };
    if (reused !== undefined) continue;
    const { usd, tokens } = usage;
    yield {
      stepId,
      ...(typeof usd === "number" && { usd }),
      ...(typeof tokens === "number" && { tokens }),
    };
  }
}
