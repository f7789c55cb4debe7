import {
  type BudgetReport,
  countParts,
  duration,
  isOwned,
  pendingPart,
  type RunView,
  type StepCounts,
  type TimeSpent,
  usedText,
} from "@automatosx/run-view";
import type { VNode } from "preact";
import type { RunStore } from "../../client/RunStore.js";
import { tokens, usd } from "../../shell/money.js";
import { Status } from "../../shell/Status.jsx";

/** A wait that is worth a word, in ms. */
const LEAST_WAIT_MS = 1000;

/** The figures of a run: its steps by status, its time, and what it has used. */
export function RunFigures({ store }: { readonly store: RunStore }): VNode {
  void store.version.value;
  const { view } = store;
  const budget = view.budget();
  return (
    <div class="rh2">
      <Counts counts={view.counts()} />
      <Time store={store} />
      {budget !== undefined && <Money budget={budget} />}
      <Launches budget={budget} attempts={view.metrics().attempts} />
      {budget?.shares
        .filter(({ dimension }) => dimension === "tokens" || dimension === "wall")
        .map((share) => (
          <span key={share.dimension} class="kv hide-mid">
            <span class="dimmer">{share.dimension === "wall" ? "Work" : "Tokens"}</span>
            <span class="dim">{usedText(share)}</span>
          </span>
        ))}
    </div>
  );
}

function Counts({ counts }: { readonly counts: StepCounts }): VNode {
  const pending = pendingPart(counts);
  const parts = [...countParts(counts), ...(pending === undefined ? [] : [pending])];
  return (
    <ul class="counts" aria-label="Steps and items by status">
      {parts.map(({ status, text }) => (
        <li key={status}>
          <Status status={status} word={text} />
        </li>
      ))}
    </ul>
  );
}

function Time({ store }: { readonly store: RunStore }): VNode {
  const { view } = store;
  const isPast = store.at.value !== undefined;
  const isMoving = !view.hasEnded && !isPast;
  const figures = store.row.value.figures;
  // A view that came from a snapshot has not seen the entries before it.
  const { workedMs, waitedMs } =
    store.hasHistory.value || figures === null
      ? timeSpent(view, isMoving ? store.now.value : undefined, isOwned(store.facts))
      : { workedMs: figures.ranMs, waitedMs: figures.waitedMs };
  return (
    <span class="kv">
      <span class="dimmer">Time</span> <b>{duration(workedMs + waitedMs)}</b>
      {waitedMs >= LEAST_WAIT_MS && (
        <span class="dim hide-mid">
          worked {duration(workedMs)}, waited {duration(waitedMs)}
        </span>
      )}
    </span>
  );
}

// Without a process, all time since the last entry is waiting.
function timeSpent(view: RunView, now: number | undefined, isWorkedOn: boolean): TimeSpent {
  if (now === undefined || isWorkedOn || view.status !== "running") return view.timeSpent(now);
  const { workedMs } = view.timeSpent();
  return { workedMs, waitedMs: Math.max(0, now - view.origin.createdAt - workedMs) };
}

function Money({ budget }: { readonly budget: BudgetReport }): VNode | null {
  const { settled, reserved, unmetered } = budget;
  const share = budget.shares.find(({ dimension }) => dimension === "usd");
  const held = share?.reserved ?? reserved.usd ?? 0;
  if (share === undefined && settled.usd === 0)
    return settled.tokens === 0 ? null : (
      <span class="kv">
        <span class="dimmer">Used</span> <b>{tokens(settled.tokens)} tokens</b>
      </span>
    );
  const atLeast = unmetered > 0 ? "at least " : "";
  if (share === undefined)
    return (
      <span class="kv">
        <span class="dimmer">Cost</span> <b>{atLeast + usd(settled.usd)}</b>
      </span>
    );
  const percent = (amount: number): string =>
    `${Math.min(100, (amount / Math.max(share.limit, Number.EPSILON)) * 100)}%`;
  return (
    <span class="kv">
      <span class="dimmer">Budget</span>
      <span
        class="meter wide"
        role="img"
        aria-label={`${usd(share.settled)} spent and ${usd(held)} reserved of ${usd(share.limit)}`}
      >
        <i class="m-acc" style={{ width: percent(share.settled) }} />
        {held > 0 && <i class="m-res" style={{ width: percent(held) }} />}
      </span>
      <b>{atLeast + usd(share.settled)}</b>
      <span class="dim">
        {held > 0 && `+ ${usd(held)} reserved `}of {usd(share.limit)}
      </span>
    </span>
  );
}

function Launches(props: {
  readonly budget: BudgetReport | undefined;
  readonly attempts: number;
}): VNode {
  const { budget, attempts } = props;
  const share = budget?.shares.find(({ dimension }) => dimension === "launches");
  return (
    <span class="kv hide-mid">
      <span class="dimmer">{share === undefined ? "Attempts" : "Launches"}</span>{" "}
      <b>{share === undefined ? attempts : share.settled}</b>
      {share !== undefined && <span class="dim">of {share.limit}</span>}
    </span>
  );
}
