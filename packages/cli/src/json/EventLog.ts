import type { RunEvent, RunStatus } from "@automatosx/schemas";

/** An event of a run as `axw` prints it. */
export interface LoggedEvent {
  /**
   * The number of the event in its run, counted from 1. The library numbers events by their journal
   * entry, from which several events may come.
   */
  readonly seq: number;
  readonly event: RunEvent;
  /** `resumed` when a run that was at rest runs again; `internal` while its status is unchanged. */
  readonly kind: "ordinary" | "resumed" | "internal";
}

/**
 * Numbers the events of one run. It must see every event from the first, so that an event has the
 * same number whenever it is printed.
 */
export class EventLog {
  #seq = 0;
  #status: RunStatus | undefined;

  /** Returns the next event with its number. */
  add(event: RunEvent): LoggedEvent {
    this.#seq += 1;
    const before = this.#status;
    if (event.type === "run_state") this.#status = event.status;
    return { seq: this.#seq, event, kind: kindOf(event, before) };
  }

  /** Counts events that were printed earlier. */
  skip(events: Iterable<RunEvent>): this {
    for (const event of events) this.add(event);
    return this;
  }
}

function kindOf(event: RunEvent, before: RunStatus | undefined): LoggedEvent["kind"] {
  if (event.type !== "run_state" || event.status !== "running") return "ordinary";
  return before === undefined || before === "running" ? "internal" : "resumed";
}

/** An event as a document for `--json`. The exact state of a run that is running is internal. */
export function eventAsJson({ seq, event, kind }: LoggedEvent, withInternal = false): object {
  const { runId, seq: journalSeq, at, type, ...rest } = event;
  const shown = { runId, seq, journalSeq, at, type, ...withUnits(rest) };
  if (kind !== "resumed" || withInternal || !("state" in shown)) return shown;
  const { state: _, ...resumed } = shown;
  return resumed;
}

/** Names instants and durations for what they are. */
function withUnits<Event extends object>(event: Event): Event {
  if ("until" in event) {
    const { until, ...rest } = event;
    return { ...rest, untilAt: until } as unknown as Event;
  }
  if (!("dimension" in event) || event.dimension !== "wall") return event;
  const { settled, reserved, limit, ...rest } = event as Event & Record<string, unknown>;
  return { ...rest, settledMs: settled, reservedMs: reserved, limitMs: limit } as unknown as Event;
}
