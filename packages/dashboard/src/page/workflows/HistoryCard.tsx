import { count, duration } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { Workflow } from "../../api/workflow.schema.js";
import { usd } from "../shell/money.js";
import { lookOf } from "../shell/status-looks.js";
import { clock, dayShort, startOfDay, timeOfDay } from "../shell/time.js";
import { type Bar, HISTORY_SIZE, historyBars, MAX_BARS, median } from "./history-bars.js";

/** The latest runs of a workflow as bars, and its versions. */
export function HistoryCard(props: { readonly id: string; readonly workflow: Workflow }): VNode {
  const { id, workflow } = props;
  const { history, versions, workflowId } = workflow;
  const runs = versions.reduce((sum, each) => sum + each.runs, 0);
  return (
    <div class="card">
      <div class="card-h">
        <h2>History</h2>
        <span class="dim">{count(Math.max(runs, history.length), "run")}</span>
        <span class="grow" />
        {history.length > 0 && (
          <a href={`/runs?workflow=${encodeURIComponent(workflowId)}`} class="nowrap">
            All runs
          </a>
        )}
      </div>
      {history.length === 0 ? (
        <p class="dialog-text dim">No run yet.</p>
      ) : (
        <HistoryDrawing history={history} />
      )}
      {versions.length > 0 && <Versions id={id} versions={versions} />}
    </div>
  );
}

const FILLS: Readonly<Record<string, string>> = {
  completed: "var(--ok-bar)",
  failed: "var(--fail-bar)",
  cancelled: "var(--idle-bar)",
};

function HistoryDrawing({ history }: Pick<Workflow, "history">): VNode {
  const { bars, ticks } = historyBars(history);
  const { width, height, bottom } = HISTORY_SIZE;
  return (
    <figure class="hist-box">
      <svg
        class="hist"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={historyText(history)}
      >
        {ticks.map(({ y, label }) => (
          <g key={label}>
            <path d={`M30 ${y}H${width}`} stroke="var(--line)" />
            <text x="0" y={y + 4}>
              {label}
            </text>
          </g>
        ))}
        {bars.map((bar) => (
          <BarShape key={bar.run.runId} bar={bar} />
        ))}
        <DayLabels bars={bars} y={bottom + 15} />
      </svg>
    </figure>
  );
}

function BarShape({ bar: { run, x, y, width, height } }: { readonly bar: Bar }): VNode {
  const { status } = run;
  const fill = FILLS[status];
  const { icon, tone } = lookOf(status);
  const isPlain = status === "completed" || width < 8;
  return (
    <>
      <rect
        x={x}
        y={y}
        width={width}
        height={height}
        rx="2"
        {...(fill === undefined
          ? { fill: `var(--${tone}-bg)`, stroke: `var(--${tone}-bar)`, "stroke-dasharray": "3 2" }
          : { fill })}
      />
      {!isPlain && (
        <use
          class={tone}
          href={`#i-${icon}`}
          x={x + width / 2 - 6}
          y={HISTORY_SIZE.bottom + 5}
          width="12"
          height="12"
        />
      )}
    </>
  );
}

/** The days of the first bar and of today's first, unless the shape of a status is there. */
function DayLabels(props: { readonly bars: readonly Bar[]; readonly y: number }): VNode | null {
  const { bars, y } = props;
  const now = clock.value;
  const first = bars[0];
  if (first === undefined) return null;
  const isFree = bars.slice(0, 2).every(({ run }) => run.status === "completed");
  const isToday = first.run.createdAt >= startOfDay(now);
  return isFree ? (
    <text x={first.x} y={y}>
      {isToday ? "today" : dayShort(first.run.createdAt, now)}
    </text>
  ) : null;
}

function historyText(history: Workflow["history"]): string {
  const shown = history.slice(-MAX_BARS);
  const times = shown.filter(({ status }) => status === "completed").map(({ tookMs }) => tookMs);
  const middle = median(times);
  const others = Map.groupBy(shown, ({ status }) => status);
  const parts = [...others].map(([status, runs]) => `${runs.length} ${status}`);
  return [
    `Time of the last ${count(shown.length, "run")}, oldest first: ${parts.join(", ")}.`,
    ...(middle === undefined ? [] : [`Median of the completed ones ${duration(middle)}.`]),
  ].join(" ");
}

function Versions(props: { readonly id: string; readonly versions: Workflow["versions"] }): VNode {
  const { id, versions } = props;
  const now = clock.value;
  const hasCost = versions.some((each) => each.usd !== undefined);
  return (
    <table class="plan" aria-label="Versions">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Since</th>
          <th scope="col" class="num">
            Runs
          </th>
          <th scope="col" class="num hide-narrow">
            Median
          </th>
          {hasCost && (
            <th scope="col" class="num hide-narrow">
              Cost
            </th>
          )}
          <th scope="col">
            <span class="vh">Difference</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {versions.map(({ hash, version, since, runs, medianMs, usd: cost }, index) => {
          const before = versions[index + 1];
          return (
            <tr key={hash}>
              <td class="nowrap">
                <b>{version}</b>{" "}
                <a
                  href={`/workflows/${encodeURIComponent(id)}?source=${hash}`}
                  aria-label={`Source of ${version}`}
                >
                  <code class="dimmer">{hash.slice(0, 6)}</code>
                </a>
              </td>
              <td class="nowrap">
                {dayShort(since, now)} {timeOfDay(since)}
              </td>
              <td class="num">{runs}</td>
              <td class="num hide-narrow">{medianMs === undefined ? "" : duration(medianMs)}</td>
              {hasCost && <td class="num hide-narrow">{cost === undefined ? "" : usd(cost)}</td>}
              <td class="num">
                {before !== undefined && (
                  <a
                    href={`/workflows/${encodeURIComponent(id)}?source=change&from=${before.hash}&to=${hash}`}
                    aria-label={`Change from ${before.version} to ${version}`}
                  >
                    Change
                  </a>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
