import { shortId, wholeSeconds } from "@automatosx/run-view";
import type { ComponentChildren, VNode } from "preact";
import type { GateList, GateRow } from "../../api/gate.schema.js";
import { Icon } from "../shell/Icons.jsx";
import { timeOfDay } from "../shell/time.js";
import { expiryShort, gateLook } from "./gate-words.js";

/** The address of a question. */
export function gateHref(id: string): string {
  return `/gates/${encodeURIComponent(id)}`;
}

/** The open questions, the oldest first, and those that were answered within a day. */
export function GateInbox(props: {
  readonly list: GateList | undefined;
  readonly selected: string | undefined;
  readonly now: number;
  /** Whether a narrow screen shows the list rather than a question. */
  readonly isNarrow: boolean;
  readonly isSlow: boolean;
  readonly problem: ComponentChildren;
}): VNode {
  const { list, selected, now, isNarrow, isSlow, problem } = props;
  const row = (gate: GateRow): VNode => (
    <InboxRow key={gate.id} gate={gate} now={now} isSelected={gate.id === selected} />
  );
  return (
    <section class={isNarrow ? "inbox" : "inbox hide-narrow"} aria-label="Gates">
      <div class="hd">
        <h1>Gates</h1>
        {list !== undefined && <p class="dim">{countText(list)}</p>}
      </div>
      {problem}
      {list === undefined && isSlow && <p class="log-none dim">Reading the open questions…</p>}
      {list !== undefined && <ul>{list.gates.map(row)}</ul>}
      {list !== undefined && list.answered.length > 0 && (
        <>
          <div class="hd">
            <h3>Answered today</h3>
          </div>
          <ul>{list.answered.map(row)}</ul>
        </>
      )}
    </section>
  );
}

function countText({ gates }: GateList): string {
  const holding = new Set(gates.filter(({ holdsRun }) => holdsRun).map(({ runId }) => runId)).size;
  if (gates.length === 0) return "none open";
  if (holding === 0) return `${gates.length} open`;
  return `${gates.length} open, ${holding} ${holding === 1 ? "run waits" : "runs wait"} for nothing else`;
}

function InboxRow(props: {
  readonly gate: GateRow;
  readonly now: number;
  readonly isSelected: boolean;
}): VNode {
  const { gate, now, isSelected } = props;
  const { icon, tone, word } = gateLook(gate);
  const { answer, openedAt } = gate;
  const when =
    answer === null
      ? openedAt === undefined
        ? ""
        : wholeSeconds(now - openedAt)
      : timeOfDay(answer.at);
  return (
    <li>
      <a href={gateHref(gate.id)} {...(isSelected && { "aria-current": "true" as const })}>
        <span class="row">
          <Icon name={icon} tone={tone} />
          <span class={answer === null ? tone : "dim"}>
            <b>{word}</b>
          </span>
          <span class="grow" />
          {when}
        </span>
        <span class="q cut">{gate.ask}</span>
        <span class="row">
          <span class="cut grow">
            {gate.workflowId} <code>{shortId(gate.runId)}</code>
          </span>
          {answer === null ? expiryShort(gate, now) : (answer.by ?? "")}
        </span>
      </a>
    </li>
  );
}
