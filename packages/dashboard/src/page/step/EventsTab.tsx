import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { RunStore } from "../client/RunStore.js";
import { problemOf } from "../shell/load.js";
import { changeQuery } from "../shell/location.js";
import { Problem } from "../shell/Problem.jsx";
import { Status } from "../shell/Status.jsx";
import { secondOfDay } from "./attempt-rows.js";
import { EventLog, type StepEvent } from "./EventLog.js";
import { TextView } from "./TextView.jsx";

/** How many entries are read before the browser may do something else. */
const ENTRIES_PER_TASK = 250;

const logs = new WeakMap<RunStore, EventLog>();

/** The events of a step in words; each leads to the run as it was then. */
export function EventsTab(props: { readonly store: RunStore; readonly step: string }): VNode {
  const { store, step } = props;
  const events = useSignal<readonly StepEvent[]>([]);
  const isReading = useSignal(true);
  const problem = useSignal<unknown>(undefined);
  const open = useSignal<number | undefined>(undefined);
  const version = store.version.value;
  useEffect(() => {
    let isStopped = false;
    const read = async (): Promise<void> => {
      if (!store.hasHistory.peek()) await store.readHistory();
      const log = logs.get(store) ?? new EventLog(store.beginning());
      logs.set(store, log);
      while (!isStopped && log.advance(store.entries, ENTRIES_PER_TASK))
        await new Promise((done) => setTimeout(done));
      if (isStopped) return;
      events.value = [...log.of(step)];
      isReading.value = false;
    };
    read().catch((error: unknown) => {
      problem.value = error;
    });
    return () => {
      isStopped = true;
    };
  }, [store, step, version]);
  if (problem.value !== undefined) return <Problem problem={problemOf(problem.value)} />;
  if (isReading.value) return <p class="log-none dim">Reading the journal…</p>;
  const at = store.at.value;
  const shown = at === undefined ? events.value : events.value.filter(({ seq }) => seq <= at);
  if (shown.length === 0) return <p class="log-none dim">Nothing has happened to this step yet.</p>;
  return (
    <ol class="events">
      {shown.map((event, index) => (
        <li key={`${event.seq}-${index}`} class={event.seq === at ? "sel" : ""}>
          <button
            type="button"
            class="event"
            title={`Show the run as it was at event ${event.seq}`}
            onClick={() => changeQuery({ at: String(event.seq) }, { replace: false })}
          >
            <span class="dimmer num">{event.seq}</span>
            <span class="dim nowrap">{secondOfDay(event.at)}</span>
            <Status status={event.line.status} />
            <span class="grow">
              {event.line.subject === step ? "" : `${event.line.subject} `}
              {event.line.detail}
              {event.line.result !== undefined && <code> {event.line.result}</code>}
            </span>
          </button>
          <button
            type="button"
            class="btn quiet small"
            aria-expanded={open.value === index}
            onClick={() => {
              open.value = open.peek() === index ? undefined : index;
            }}
          >
            Raw
          </button>
          {open.value === index && (
            <TextView text={rawEntry(store, event.seq)} label={`Entry ${event.seq}`} />
          )}
        </li>
      ))}
    </ol>
  );
}

function rawEntry(store: RunStore, number: number): string {
  const entry = store.entries.find(([seq]) => seq === number);
  if (entry === undefined) return "";
  const [seq, type, at, stepId, attemptNumber, payload] = entry;
  return JSON.stringify(
    { seq, type, at, stepId, attemptNumber, payload: JSON.parse(payload) },
    null,
    2,
  );
}
