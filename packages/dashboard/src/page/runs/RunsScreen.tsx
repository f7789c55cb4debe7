import { useSignalEffect } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { RunList } from "../../api/run.schema.js";
import { call } from "../client/call.js";
import { liveStream } from "../client/stream.js";
import { announce } from "../shell/announce.js";
import { Command } from "../shell/Command.jsx";
import { navigate, pathParts, query } from "../shell/location.js";
import { Problem } from "../shell/Problem.jsx";
import { clock, dayLong, serverNow, startOfDay } from "../shell/time.js";
import { useTitle } from "../shell/title.js";
import { typedAxw } from "../shell/typed-axw.js";
import { AskCards } from "./AskCards.jsx";
import { NoRuns } from "./NoRuns.jsx";
import { RunFilters } from "./RunFilters.jsx";
import { RunFoot } from "./RunFoot.jsx";
import { RunsStore } from "./RunsStore.js";
import { RunTable } from "./RunTable.jsx";
import { countText, totalOf } from "./run-counts.js";
import { type RunFilter, readFilter, requestOf, writeFilter } from "./run-filter.js";

/** The list stays when another screen is shown, so that it is there at once afterwards. */
const store = new RunsStore((request, signal) => call("runs", { query: request, signal }));

// The first list is on its way while the screen is being rendered for the first time.
if (pathParts.peek().length <= 1) void store.show(requestOf(readFilter(query.peek()), serverNow()));

/** The screen of all runs. */
export function RunsScreen(): VNode {
  useTitle("Runs");
  const filter = readFilter(query.value);
  // The days of the filter are counted from the server's today.
  const today = startOfDay(clock.value);
  const key = `${writeFilter(filter)} ${filter.days === undefined ? "" : today}`;
  const show = (): void => void store.show(requestOf(filter, serverNow()));
  useEffect(show, [key]);
  useEffect(() => {
    const stop = liveStream.listen({
      runs: (message) => store.take(message),
      gates: () => store.refreshSoon(),
    });
    return () => {
      stop();
      store.stop();
    };
  }, []);
  useReconnect(() => store.refreshSoon());
  useSignalEffect(() => {
    const count = store.newCount.value;
    if (count > 0) announce(count === 1 ? "1 new run" : `${count} new runs`);
  });
  const list = store.list.value;
  const problem = store.problem.value;
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="list-head">
        <div class="grow">
          <h1>Runs</h1>
          <p class="dim hide-narrow">{list === undefined ? "" : summaryOf(list, filter)}</p>
        </div>
        <Command text={typedAxw("run", "FILE")} class="hide-narrow" />
      </div>
      {problem !== undefined && <Problem problem={problem} onRetry={show} />}
      <AskCards asks={list?.asks ?? []} />
      <RunFilters
        filter={filter}
        list={list}
        newCount={store.newCount.value}
        onNew={() => {
          if (filter.cursors.length === 0) show();
          else navigate(location.pathname + writeFilter({ ...filter, cursors: [] }));
        }}
      />
      {list === undefined
        ? store.isSlow.value && <RunShape />
        : showList(list, filter, store.isStale.value)}
    </main>
  );
}

function showList(list: RunList, filter: RunFilter, isStale: boolean): VNode {
  if (list.runs.length === 0) return <NoRuns list={list} filter={filter} />;
  return (
    <div class={isStale ? "card stale" : "card"} aria-busy={isStale}>
      <RunTable rows={list.runs} />
      <RunFoot list={list} filter={filter} />
    </div>
  );
}

function useReconnect(again: () => void): void {
  useEffect(() => {
    let before = liveStream.state.peek().is;
    return liveStream.state.subscribe(({ is }) => {
      if (is === "live" && before !== "live") again();
      before = is;
    });
  }, []);
}

function summaryOf({ counts, areCountsCut, oldestAt, now }: RunList, filter: RunFilter): string {
  const total = totalOf(counts);
  const isAll = writeFilter({ ...filter, cursors: [] }) === "";
  if (total === 0 || !isAll || oldestAt === null) return "";
  return `${countText(total, areCountsCut)} kept, the oldest from ${dayLong(oldestAt, now)}.`;
}

const SHAPE_WIDTHS = [40, 55, 48, 60, 44, 52, 58, 46];

/** The shape of the table, while it is loading. */
function RunShape(): VNode {
  return (
    <div class="card" aria-busy="true" aria-label="Loading the runs" role="status">
      {SHAPE_WIDTHS.map((width) => (
        <div class="shape-row" key={width}>
          <div class="shape" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}
