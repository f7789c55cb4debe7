import { count, duration, namesOf, shortId } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { Plan, Workflow } from "../../api/workflow.schema.js";
import { call } from "../client/call.js";
import { Command } from "../shell/Command.jsx";
import { LoadedPart } from "../shell/LoadedPart.jsx";
import { useLoaded } from "../shell/load.js";
import { changeQuery, query } from "../shell/location.js";
import { usd } from "../shell/money.js";
import { Status } from "../shell/Status.jsx";
import { clock, dayShort, timeOfDay } from "../shell/time.js";
import { type PlanRow, planRows } from "./plan-rows.js";

/** What the file would do now, compared with a run. */
export function PlanCard(props: { readonly id: string; readonly workflow: Workflow }): VNode {
  const { id, workflow } = props;
  const { history, onDisk } = workflow;
  const run = query.value.get("run") ?? history.at(-1)?.runId;
  // The plan is that of the text: it changes when the file does, and not with each run.
  const text = onDisk?.changedAt ?? 0;
  const loaded = useLoaded(`${id} ${run} ${text}`, (signal) =>
    call("plan", {
      params: { workflow: id },
      query: run === undefined ? {} : { run },
      signal,
    }),
  );
  return (
    <div class="card">
      <div class="card-h">
        <h2>Plan</h2>
        <span class="dim cut">
          {run === undefined ? "of a new run" : `against run ${shortId(run)}`}
        </span>
        <span class="grow" />
        {history.length > 1 && <OtherRun history={history} run={run} />}
      </div>
      <LoadedPart loaded={loaded} rows={4}>
        {(plan) => <PlanParts plan={plan} />}
      </LoadedPart>
    </div>
  );
}

function OtherRun(props: {
  readonly history: Workflow["history"];
  readonly run: string | undefined;
}): VNode {
  const { history, run = "" } = props;
  const now = clock.value;
  return (
    <span class="pick">
      <select
        class="btn quiet small other"
        aria-label="Compare with another run"
        value=""
        onChange={({ currentTarget }) => changeQuery({ run: currentTarget.value })}
      >
        <option value="" hidden>
          Other run
        </option>
        {history.toReversed().map(({ runId, status, createdAt }) => (
          <option key={runId} value={runId} disabled={runId === run}>
            {shortId(runId)} {status}, {dayShort(createdAt, now)} {timeOfDay(createdAt)}
          </option>
        ))}
      </select>
    </span>
  );
}

/** A longer plan is cut, until the rest is asked for. */
const MAX_ROWS = 40;

/** How many of the paths behind a row are named. */
const NAMED_PATHS = 20;

function PlanParts({ plan }: { readonly plan: Plan }): VNode {
  const isWhole = useSignal(false);
  const rows = changedFirst(planRows(plan.steps));
  const shown = isWhole.value ? rows : rows.slice(0, MAX_ROWS);
  const hasCost = plan.steps.some((step) => step.usd !== undefined);
  return (
    <>
      <Figures plan={plan} />
      <table class="plan" aria-label="What a run would do">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Would</th>
            <th scope="col">Why</th>
            {hasCost && (
              <th scope="col" class="num">
                Cost
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.paths[0]}>
              <td class="step cut" title={row.paths.slice(0, NAMED_PATHS).join("\n")}>
                <b>{row.step}</b>
                {row.total > 1 && (
                  <span class="dimmer">
                    {" "}
                    {row.count} of {row.total}
                  </span>
                )}
              </td>
              <td>
                <Status status={row.verdict} word={VERDICTS[row.verdict]} />
              </td>
              <td class="w">{row.why}</td>
              {hasCost && <td class="num">{costOf(row)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < rows.length && (
        <button
          type="button"
          class="btn small more-lines"
          onClick={() => {
            isWhole.value = true;
          }}
        >
          Show {count(rows.length - MAX_ROWS, "more row")}
        </button>
      )}
      <div class="foot">
        <Command text={plan.command} isPlain />
        <span class="grow" />
        <span class="dimmer nowrap hide-narrow">nothing was started</span>
      </div>
    </>
  );
}

const VERDICTS: Readonly<Record<Plan["steps"][number]["verdict"], string>> = {
  kept: "kept",
  stale: "stale",
  new: "new",
  dropped: "dropped",
  again: "again",
  run: "run",
  asks: "may ask",
};

/** As the command line does: of many rows, those that are kept come last. */
function changedFirst(rows: readonly PlanRow[]): readonly PlanRow[] {
  if (rows.length <= MAX_ROWS) return rows;
  const isKept = ({ verdict }: PlanRow): boolean => verdict === "kept";
  return [...rows.filter((row) => !isKept(row)), ...rows.filter(isKept)];
}

function costOf({ verdict, usd: amount }: PlanRow): VNode | string {
  if (verdict === "kept" || verdict === "dropped")
    return amount === undefined ? (
      ""
    ) : (
      <span class="dim" title="Not spent again">
        −{usd(amount)}
      </span>
    );
  if (amount !== undefined) return usd(amount);
  return verdict === "asks" ? "" : <span class="dim">unknown</span>;
}

function Figures({ plan }: { readonly plan: Plan }): VNode {
  const { usd: cost, launches, longestPath, steps } = plan;
  const { least, most, limit } = launches;
  const unknown = steps.filter((step) => willRun(step) && step.usd === undefined).length;
  const path = longestPath.steps;
  if (path.length === 0 && steps.length > 0) return <NothingToDo count={steps.length} />;
  return (
    <dl class="sum">
      <div>
        <dt>Cost</dt>
        <dd>
          {cost === undefined
            ? "unknown"
            : `${usd(cost.amount)}${cost.isAtLeast ? " or more" : ""}`}
          {unknown > 0 && <small>{count(unknown, "step")} without history</small>}
        </dd>
      </div>
      <div>
        <dt>Launches</dt>
        <dd>
          {most === null ? `${least} or more` : least === most ? least : `${least} to ${most}`}
          {limit !== undefined && <small>limit {limit}</small>}
        </dd>
      </div>
      <div>
        <dt>Longest path</dt>
        <dd>
          {longestPath.ms === undefined
            ? count(path.length, "step")
            : `about ${duration(longestPath.ms)}`}
          <small class="cut" title={path.join(", ")}>
            {namesOf(path)}
          </small>
        </dd>
      </div>
    </dl>
  );
}

function NothingToDo(props: { readonly count: number }): VNode {
  return (
    <p class="dialog-text">
      <Status status="ok" word="Nothing to perform" />{" "}
      <span class="dim">{count(props.count, "step")} would keep what they have.</span>
    </p>
  );
}

function willRun({ verdict }: Plan["steps"][number]): boolean {
  return verdict === "stale" || verdict === "new" || verdict === "again" || verdict === "run";
}
