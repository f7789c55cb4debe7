import {
  batch,
  type ReadonlySignal,
  type Signal,
  useComputed,
  useSignal,
  useSignalEffect,
} from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { call } from "../../client/call.js";
import type { RunStore } from "../../client/RunStore.js";
import { changeQuery, query } from "../../shell/location.js";
import type { AttemptPlace } from "../selection.js";
import { LogLines } from "./LogLines.js";
import { type LineRange, readLineRange, writeLineRange } from "./line-range.js";

/** The log of an attempt as the viewer has it. */
export interface ShownLog {
  readonly lines: LogLines;
  /** Absent if both streams are shown. */
  readonly stream: "stderr" | undefined;
  /** The lines that are selected, by number: they are in the address. */
  readonly selected: ReadonlySignal<LineRange | undefined>;
  /** The place to show next. */
  readonly target: Signal<number | undefined>;
  readonly isFollowing: Signal<boolean>;
}

/** Reads the log of an attempt, and follows it while the attempt is in flight. */
export function useLog(store: RunStore, place: AttemptPlace, isRunning: boolean): ShownLog {
  const { run, step, attempt } = place;
  const stream = query.value.get("stream") === "stderr" ? ("stderr" as const) : undefined;
  const lines = useMemo(
    () =>
      new LogLines((from, limit) =>
        call("log", {
          params: { run, step, attempt },
          query: { from, limit, ...(stream !== undefined && { stream }) },
        }),
      ),
    [run, step, attempt, stream],
  );
  const selected = useComputed(() => readLineRange(query.value.get("line")));
  const target = useSignal<number | undefined>(undefined);
  const isFollowing = useSignal(true);
  useEffect(() => {
    takeLineOfHash();
    batch(() => {
      // With one stream, a number is no place.
      target.value = stream === undefined ? selected.peek()?.first : undefined;
      isFollowing.value = target.value === undefined;
    });
    void lines.begin();
    store.watched.value = `${step}/${attempt}`;
    return () => {
      store.watched.value = undefined;
    };
  }, [lines]);
  useSignalEffect(() => {
    const hint = store.logHint.value;
    if (hint?.step === step && hint.attempt === attempt) void lines.refresh();
  });
  useEffect(() => {
    // The last lines may be written after the last hint.
    if (!isRunning) void lines.refresh();
  }, [lines, isRunning]);
  return { lines, stream, selected, target, isFollowing };
}

/** A link may name a line in its fragment: `#L209`. */
function takeLineOfHash(): void {
  const range = location.hash.startsWith("#L") ? readLineRange(location.hash.slice(1)) : undefined;
  if (range !== undefined) changeQuery({ line: writeLineRange(range) });
}
