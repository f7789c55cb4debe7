import { WorkflowError } from "@automatosx/workflow/errors";
import type { StoredRun } from "@automatosx/workflow/observe";
import type { Hono } from "hono";
import type { AgentList } from "../../api/house.schema.js";
import { answer } from "../answer.js";
import type { Reading } from "../Reading.js";
import { AgentFigures, type AgentInRun } from "./AgentFigures.js";

/** How many of the latest runs are looked at. */
const MAX_RUNS = 200;

/** How long journals are read for one answer, in ms. The next answer continues. */
const READ_MS = 150;

/** Adds the route that lists the agents which the latest runs have used. */
export function addAgentRoute(app: Hono, reading: Reading): void {
  const figures = new AgentFigures(reading);
  answer(app, "agents", () => listAgents(reading, figures));
}

type Agent = AgentList["agents"][number];

/** What one agent did in all runs that were looked at. */
interface AgentTotal {
  readonly runs: { readonly agent: AgentInRun; readonly run: StoredRun }[];
}

function listAgents(reading: Reading, figures: AgentFigures): AgentList {
  const { storage } = reading;
  const startedAt = performance.now();
  const totals = new Map<string, AgentTotal>();
  let [runCount, areMore] = [0, false];
  for (const run of storage.pageRuns({}, MAX_RUNS).runs) {
    const hasTime = performance.now() - startedAt < READ_MS;
    const known = figures.known(run);
    areMore ||= known === undefined && !hasTime;
    const agents = known ?? (hasTime ? readOrSkip(figures, run) : undefined);
    if (agents === undefined) continue;
    runCount += 1;
    for (const [agentId, agent] of agents) {
      const total = totals.get(agentId) ?? { runs: [] };
      totals.set(agentId, total);
      total.runs.push({ agent, run });
    }
  }
  const agents = [...totals].map(([agentId, total]) => agentOf(reading, agentId, total));
  return {
    now: reading.now(),
    runs: runCount,
    areMore,
    agents: agents.sort((a, b) => b.runningNow - a.runningNow || b.attempts - a.attempts),
  };
}

/** A run whose journal is damaged is listed by the health of the database. */
function readOrSkip(
  figures: AgentFigures,
  run: StoredRun,
): ReturnType<AgentFigures["read"]> | undefined {
  if (run.damage !== undefined) return undefined;
  try {
    return figures.read(run);
  } catch (error) {
    if (error instanceof WorkflowError) return undefined;
    throw error;
  }
}

function agentOf(reading: Reading, agentId: string, { runs }: AgentTotal): Agent {
  const now = reading.now();
  const agents = runs.map(({ agent }) => agent);
  const tookMs = agents.flatMap((each) => each.tookMs).sort((a, b) => a - b);
  const [medianMs, p95Ms] = [quantile(tookMs, 0.5), quantile(tookMs, 0.95)];
  const [usd, tokens] = [sumOf(agents, "usd"), sumOf(agents, "tokens")];
  const parkedUntil = Math.max(0, ...agents.map((each) => each.parkedUntil ?? 0));
  const [lastError] = agents
    .flatMap((each) => each.lastError ?? [])
    .toSorted((a, b) => b.at - a.at);
  const limit = limitOf(reading, agentId, runs);
  return {
    agentId,
    runningNow: agents.reduce((sum, each) => sum + each.running, 0),
    attempts: agents.reduce((sum, each) => sum + each.attempts, 0),
    failed: agents.reduce((sum, each) => sum + each.failed, 0),
    ...(medianMs !== undefined && { medianMs }),
    ...(p95Ms !== undefined && { p95Ms }),
    ...(usd !== undefined && { usd }),
    ...(tokens !== undefined && { tokens }),
    ...(limit !== undefined && { limit }),
    ...(parkedUntil > now && { parkedUntil }),
    ...(lastError !== undefined && { lastError }),
    workflows: [...new Set(runs.map(({ run }) => run.workflowId))],
  };
}

/** The limit that the latest of these runs sets for the agent. */
function limitOf(
  { definitions }: Reading,
  agentId: string,
  [latest]: AgentTotal["runs"],
): number | undefined {
  if (latest === undefined) return undefined;
  const { currentDefinitionHash, definitionHash } = latest.run;
  const { definition } = definitions.get(currentDefinitionHash ?? definitionHash);
  return definition.limits.agents?.[agentId]?.concurrency;
}

function sumOf(agents: readonly AgentInRun[], name: "usd" | "tokens"): number | undefined {
  const amounts = agents.flatMap((each) => each[name] ?? []);
  return amounts.length === 0 ? undefined : amounts.reduce((sum, each) => sum + each, 0);
}

/** The smallest value that at least this share of the sorted values does not exceed. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
