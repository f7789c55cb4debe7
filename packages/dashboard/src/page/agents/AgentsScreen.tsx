import { agoText, count, duration, shortId, wholeSeconds } from "@automatosx/run-view";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { AgentList } from "../../api/house.schema.js";
import { call } from "../client/call.js";
import { runsChanged } from "../client/runs-changed.js";
import { Command } from "../shell/Command.jsx";
import { LoadedPart } from "../shell/LoadedPart.jsx";
import { useLoaded } from "../shell/load.js";
import { tokens, usd } from "../shell/money.js";
import { Status } from "../shell/Status.jsx";
import { clock } from "../shell/time.js";
import { useTitle } from "../shell/title.js";
import { typedAxw } from "../shell/typed-axw.js";

type Agent = AgentList["agents"][number];

/** The server reads many journals in several answers; the next one is asked for after this time. */
const AGAIN_MS = 250;

/** The screen of the agents that the runs have used. */
export function AgentsScreen(): VNode {
  useTitle("Agents");
  const loaded = useLoaded("agents", (signal) => call("agents", { signal }), runsChanged);
  const { value } = loaded;
  useEffect(() => {
    if (value?.areMore !== true) return;
    const timer = setTimeout(loaded.reload, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="list-head">
        <div class="grow">
          <h1>Agents</h1>
          <p class="dim">
            {value === undefined ? "" : `What they did in the latest ${count(value.runs, "run")}.`}
          </p>
        </div>
        <Command text={typedAxw("agents")} class="hide-narrow" />
      </div>
      <LoadedPart loaded={loaded}>
        {({ agents }) => (agents.length === 0 ? <NoAgents /> : <AgentTable agents={agents} />)}
      </LoadedPart>
    </main>
  );
}

/** A column without any figure is left out. */
function AgentTable({ agents }: { readonly agents: readonly Agent[] }): VNode {
  const hasTokens = agents.some((each) => each.tokens !== undefined);
  const hasCost = agents.some((each) => each.usd !== undefined);
  return (
    <div class="card">
      <table class="plan wide-table" aria-label="Agents">
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Now</th>
            <th scope="col">Workflows</th>
            <th scope="col" class="num">
              Attempts
            </th>
            <th scope="col" class="num">
              Failed
            </th>
            <th scope="col" class="num">
              Median
            </th>
            <th scope="col" class="num">
              95 %
            </th>
            {hasTokens && (
              <th scope="col" class="num">
                Tokens
              </th>
            )}
            {hasCost && (
              <th scope="col" class="num">
                Cost
              </th>
            )}
            <th scope="col">Last error</th>
          </tr>
        </thead>
        <tbody>
          {agents.map((agent) => (
            <AgentRow key={agent.agentId} agent={agent} hasTokens={hasTokens} hasCost={hasCost} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AgentRow(props: {
  readonly agent: Agent;
  readonly hasTokens: boolean;
  readonly hasCost: boolean;
}): VNode {
  const { agent, hasTokens, hasCost } = props;
  const { agentId, workflows, attempts, failed, medianMs, p95Ms, lastError } = agent;
  const now = clock.value;
  return (
    <tr>
      <td class="nm">
        <b>{agentId}</b>
      </td>
      <td class="nowrap" data-label="Now">
        <Now agent={agent} now={now} />
      </td>
      <td data-label="Workflows">
        <WorkflowLinks workflows={workflows} />
      </td>
      <td class="num" data-label="Attempts">
        {attempts}
      </td>
      <td class="num" data-label="Failed">
        {failed > 0 && (
          <span class="fail">
            {failed} <span class="dim">({Math.round((100 * failed) / attempts)} %)</span>
          </span>
        )}
      </td>
      <td class="num" data-label="Median">
        {medianMs === undefined ? "" : duration(medianMs)}
      </td>
      <td class="num" data-label="95 %">
        {p95Ms === undefined ? "" : duration(p95Ms)}
      </td>
      {hasTokens && (
        <td class="num" data-label="Tokens">
          {agent.tokens === undefined ? <span class="dim">unknown</span> : tokens(agent.tokens)}
        </td>
      )}
      {hasCost && (
        <td class="num" data-label="Cost">
          {agent.usd === undefined ? <span class="dim">unknown</span> : usd(agent.usd)}
        </td>
      )}
      <td class="says-cell" data-label="Last error">
        {lastError !== undefined && (
          <>
            <span class="cut-2" title={lastError.text}>
              {lastError.text}
            </span>{" "}
            <span class="dim nowrap">
              {agoText(now, lastError.at)},{" "}
              <a href={`/runs/${encodeURIComponent(lastError.runId)}`}>
                {shortId(lastError.runId)}
              </a>
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

/** What an agent does at present: its attempts, its limit, and until when it is parked. */
function Now(props: { readonly agent: Agent; readonly now: number }): VNode {
  const { runningNow, limit, parkedUntil } = props.agent;
  const { now } = props;
  const of = limit === undefined ? "" : ` of ${limit}`;
  if (parkedUntil !== undefined && parkedUntil > now)
    return <Status status="parked" word={`parked for ${wholeSeconds(parkedUntil - now)}`} />;
  if (runningNow > 0) return <Status status="running" word={`${runningNow}${of} running`} />;
  return <span class="dim">idle{limit === undefined ? "" : `, limit ${limit}`}</span>;
}

/** The others are counted. */
const MAX_WORKFLOWS = 3;

function WorkflowLinks({ workflows }: Pick<Agent, "workflows">): VNode {
  const shown = workflows.slice(0, MAX_WORKFLOWS);
  const more = workflows.length - shown.length;
  return (
    <>
      {shown.map((id, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <a href={`/workflows/${encodeURIComponent(id)}`}>{id}</a>
        </span>
      ))}
      {more > 0 && <span class="dim"> and {count(more, "other")}</span>}
    </>
  );
}

function NoAgents(): VNode {
  return (
    <div class="card blank">
      <h2>No agent has worked yet</h2>
      <p class="dim">An agent appears here with its first attempt.</p>
      <Command text={typedAxw("agents")} />
    </div>
  );
}
