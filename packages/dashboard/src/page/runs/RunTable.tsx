import { duration, shortId } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { RunRow } from "../../api/common.schema.js";
import { navigate } from "../shell/location.js";
import { spentText } from "../shell/money.js";
import { Says } from "../shell/Says.jsx";
import { Status } from "../shell/Status.jsx";
import { clock, timeOfDay } from "../shell/time.js";
import { progressOf } from "./progress.js";
import { rowWord } from "./row-word.js";
import { byDay } from "./run-list.js";
import { linkId, selectedRun, useRowKeys } from "./selected-run.js";

/** A shorter wait is not shown, in ms. */
const LEAST_WAIT_MS = 1000;

/** The runs of a page, grouped by day. The keys j and k move the focus from one to the next. */
export function RunTable({ rows }: { readonly rows: readonly RunRow[] }): VNode {
  const days = byDay(rows, clock.value);
  useRowKeys(days.flatMap(({ runs }) => runs.map(({ row }) => row.runId)));
  return (
    <table class="runs" id="list" aria-label="Runs, newest first">
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Workflow</th>
          <th scope="col" class="opt-col">
            Steps
          </th>
          <th scope="col">What it says</th>
          <th scope="col" class="num">
            Started
          </th>
          <th scope="col" class="num">
            Ran
          </th>
          <th scope="col" class="num opt-col">
            Waited
          </th>
          <th scope="col" class="num">
            Cost
          </th>
        </tr>
      </thead>
      {days.map(({ title, runs }) => (
        <tbody key={title}>
          <tr class="day">
            <th colSpan={8} scope="rowgroup">
              {title}
            </th>
          </tr>
          {runs.map(({ row, depth }) => (
            <Row key={row.runId} row={row} depth={depth} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

function Row({ row, depth }: { readonly row: RunRow; readonly depth: number }): VNode {
  const { runId, workflowName, createdAt, figures } = row;
  const href = `/runs/${encodeURIComponent(runId)}`;
  const { ranMs, waitedMs = 0, spent } = figures ?? {};
  const word = rowWord(row);
  const open = (event: MouseEvent): void => {
    const isElsewhere = event.target instanceof Element && event.target.closest("a, button");
    if (isElsewhere || getSelection()?.type === "Range") return;
    navigate(href);
  };
  return (
    // biome-ignore lint/a11y: the link in the row does the same for the keyboard.
    <tr class={selectedRun.value === runId ? "sel" : ""} onClick={open}>
      <td class="st-c">
        <Status status={word} />
      </td>
      <td class="nm nowrap">
        {depth > 0 && <span class="dimmer">{"\u00a0".repeat(2 * (depth - 1))}↳ </span>}
        <a
          class="name"
          id={linkId(runId)}
          href={href}
          onFocus={() => {
            selectedRun.value = runId;
          }}
        >
          {workflowName}
        </a>{" "}
        <span class="id">{shortId(runId)}</span>
      </td>
      <td class="opt-col">
        <Steps row={row} />
      </td>
      <td class="says cut">
        <RowSays row={row} />
      </td>
      <td class="num when">{timeOfDay(createdAt)}</td>
      <td class="num nar-0">{ranMs === undefined ? "" : duration(ranMs)}</td>
      <td class="num opt-col nar-0 dim">{waitedMs < LEAST_WAIT_MS ? "" : duration(waitedMs)}</td>
      <td class="num nar-0 nowrap">
        {row.damage === undefined ? spentText(spent) : <span class="dim">unknown</span>}
      </td>
    </tr>
  );
}

function Steps({ row: { figures, damage } }: { readonly row: RunRow }): VNode {
  if (damage !== undefined) return <span class="dim nowrap">not read</span>;
  if (figures === null) return <span class="dimmer nowrap">…</span>;
  const { parts, text, label } = progressOf(figures.steps);
  return (
    <span class="prog">
      <span class="meter" role="img" aria-label={label}>
        {parts.map(({ look, percent }) => (
          <i key={look} class={look} style={{ width: `${percent}%` }} />
        ))}
      </span>
      <span class="dim nowrap">{text}</span>
    </span>
  );
}

function RowSays({ row }: { readonly row: RunRow }): VNode | null {
  const { figures, damage, error } = row;
  if (figures !== null) return <Says says={figures.says} />;
  const text = damage ?? error;
  if (text === undefined) return null;
  const head = damage === undefined ? "" : "damaged";
  return <Says says={{ tone: "fail", text, ...(head !== "" && { head }) }} />;
}
