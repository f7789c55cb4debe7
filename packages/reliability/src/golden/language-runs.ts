import {
  AgentError,
  type AgentFunction,
  agentReply,
  type WorkflowData,
  WorkflowEngine,
} from "@automatosx/workflow";

/** The instant at which the quota of the parked run is available again: after every golden file. */
export const QUOTA_RESETS_AT = Date.UTC(2099, 0, 1);

/**
 * The workflows of the runs in a golden database of the language, each with what a later version
 * may encounter in the middle. They are stored in released databases and never change.
 */
const LANGUAGE_WORKFLOWS = {
  /** An open gate, an awaited and a kept signal, half a fan-out, round 2, and a check in flight. */
  open: {
    id: "open",
    steps: [
      { id: "plan", agentId: "worker", task: "Plan." },
      {
        id: "review",
        gate: { ask: "Start with ${{ steps.plan.output }}?", form: { note: "string?" } },
        dependencies: ["plan"],
      },
      { id: "deployed", wait: { signal: "deployed" } },
      { id: "announced", wait: { signal: "announced" }, dependencies: ["review"] },
      {
        id: "build",
        foreach: ["a", "b", "c", "d"],
        concurrency: 2,
        agentId: "worker",
        task: "Build ${{ item }}.",
      },
      {
        id: "fix",
        loop: { max: 3, until: "steps.fix.output == 'fix#2: Fix, round 2.'" },
        agentId: "worker",
        task: "Fix, round ${{ round }}.",
      },
      {
        id: "write",
        agentId: "worker",
        task: "Write.",
        check: [
          { that: "size(output) > 3" },
          {
            agentId: "worker",
            task: "Judge: ${{ output }}",
            output: {
              type: "object",
              required: ["pass"],
              properties: { pass: { type: "boolean" } },
            },
          },
        ],
      },
    ],
  },
  /** A scope whose quota is used up, and a step of the same scope that has not started. */
  parked: {
    id: "parked",
    limits: { agents: { metered: { scope: "provider" }, other: { scope: "provider" } } },
    steps: [
      { id: "ask", agentId: "metered", task: "Ask." },
      { id: "also", agentId: "other", task: "Ask too.", dependencies: [{ ask: "done" }] },
      { id: "free", agentId: "worker", task: "Work." },
    ],
  },
  /** Three steps under a budget that one of them uses up. */
  budget: {
    id: "budget",
    budget: { tokens: 100 },
    steps: [
      { id: "one", agentId: "priced", task: "One." },
      { id: "two", agentId: "priced", task: "Two.", dependencies: ["one"] },
    ],
  },
  /** An effect that may have happened. */
  unknown: {
    id: "unknown",
    steps: [
      { id: "pay", agentId: "bank", task: "Pay.", effect: "external" },
      { id: "thank", agentId: "worker", task: "Thank.", dependencies: ["pay"] },
    ],
  },
  /** A run that is cancelled, with a handler in flight. */
  handlers: {
    id: "handlers",
    steps: [{ id: "work", agentId: "held", task: "Work." }],
    on: { always: [{ id: "clean", agentId: "worker", task: "Clean up." }] },
  },
} as const satisfies Record<string, WorkflowData>;

/** What each run comes to when a later version has answered it, by the id of its workflow. */
export const LANGUAGE_RESULTS = {
  open: {
    plan: "plan: Plan.",
    review: { approved: true, note: "fine" },
    deployed: { version: 2 },
    announced: { to: "everybody" },
    build: ["build[a]: Build a.", "build[b]: Build b.", "build[c]: Build c.", "build[d]: Build d."],
    fix: "fix#2: Fix, round 2.",
    write: "write: Write.",
  },
  parked: { ask: "ask: Ask.", also: "also: Ask too.", free: "free: Work." },
  budget: { one: "one: One.", two: "two: Two." },
  unknown: { pay: "paid", thank: "thank: Thank." },
  handlers: {},
};

/** The attempts that the process that writes the database leaves in flight. */
const HELD: ReadonlySet<string> = new Set([
  "build[c]",
  "build[d]",
  "fix#2",
  "write:check-2",
  ":always.clean",
  "work",
]);

/** Calls `onStart` with the path of each attempt's step. With `holds`, some attempts never end. */
export function languageAgents(
  onStart: (stepId: string) => void,
  { holds = false, isQuotaFree = false } = {},
): Record<string, AgentFunction> {
  const worker: AgentFunction = ({ stepId, task, signal }) => {
    onStart(stepId);
    if (holds && HELD.has(stepId)) return untilAborted(signal);
    return stepId === "write:check-2" ? { pass: true } : `${stepId}: ${task}`;
  };
  return {
    worker,
    held: worker,
    other: worker,
    metered: ({ stepId, task }) => {
      onStart(stepId);
      if (isQuotaFree) return `${stepId}: ${task}`;
      throw new AgentError("used up", { class: "rate_limit", retryAt: QUOTA_RESETS_AT });
    },
    priced: ({ stepId, task }) => {
      onStart(stepId);
      return agentReply({
        result: `${stepId}: ${task}`,
        usage: { inputTokens: 90, outputTokens: 10 },
      });
    },
    bank: ({ stepId }) => {
      onStart(stepId);
      throw new AgentError("the connection was lost", { class: "unknown" });
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );
}

/**
 * Starts a run of each workflow. Settles when every run is where a golden database has it, with
 * attempts in flight.
 */
export async function startLanguageRuns(database: string): Promise<void> {
  const started = new Set<string>();
  const engine = await WorkflowEngine.open({
    database,
    agents: languageAgents((stepId) => started.add(stepId), { holds: true }),
  });
  const open = await engine.start(LANGUAGE_WORKFLOWS.open);
  await engine.signal(open.id, "announced", { data: { to: "everybody" } });
  await engine.start(LANGUAGE_WORKFLOWS.parked);
  for (const paused of [LANGUAGE_WORKFLOWS.budget, LANGUAGE_WORKFLOWS.unknown])
    await (await engine.start(paused)).ending;
  const cancelled = await engine.start(LANGUAGE_WORKFLOWS.handlers);
  for await (const event of cancelled.events())
    if (event.type === "step_started") {
      if (event.stepId === "work") void cancelled.cancel();
      else break;
    }
  for await (const { type } of open.events())
    if (type !== "run_state" && [...HELD].every((stepId) => started.has(stepId))) break;
}
