import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { call } from "../../client/call.js";
import { changeQuery, query } from "../../shell/location.js";
import type { AttemptPlace } from "../selection.js";
import { nextHit } from "./next-hit.js";

/** How long the reader pauses before a search begins, in ms. */
const TYPING_MS = 200;

/** A search in the whole log, on the server. */
export interface Find {
  readonly wanted: ReadonlySignal<string>;
  /** The numbers of lines in which the text occurs; undefined while they are on their way. */
  readonly hits: ReadonlySignal<readonly number[] | undefined>;
  readonly total: ReadonlySignal<number>;
  /** The number of the line to look at. */
  readonly hit: ReadonlySignal<number | undefined>;
  readonly search: (text: string) => void;
  /** Goes to the next hit, or to the one before. */
  readonly go: (step: 1 | -1) => void;
}

/** Searches in the log of an attempt. The text is in the address; a hit becomes `target`. */
export function useFind(place: AttemptPlace, target: Signal<number | undefined>): Find {
  const { run, step, attempt } = place;
  const wanted = useSignal(query.peek().get("find") ?? "");
  const hits = useSignal<readonly number[] | undefined>(undefined);
  const total = useSignal(0);
  const hit = useSignal<number | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef<AbortController>(undefined);

  const show = (line: number | undefined): void => {
    hit.value = line;
    if (line === undefined) return;
    // Another stream would lack the line.
    if (query.peek().get("stream") !== null) changeQuery({ stream: undefined });
    target.value = line;
  };
  const read = async (): Promise<void> => {
    asked.current?.abort();
    const stopped = new AbortController();
    asked.current = stopped;
    hits.value = undefined;
    const q = wanted.peek();
    if (q === "") return;
    const found = await call("findInLog", {
      params: { run, step, attempt },
      query: { q },
      signal: stopped.signal,
    }).catch(() => ({ hits: [], total: 0 }));
    if (stopped.signal.aborted) return;
    hits.value = found.hits;
    total.value = found.total;
    show(nextHit(found.hits, undefined, 1));
  };
  useEffect(() => {
    hit.value = undefined;
    void read();
    return () => {
      clearTimeout(timer.current);
      asked.current?.abort();
    };
  }, [run, step, attempt]);
  return {
    wanted,
    hits,
    total,
    hit,
    search: (text) => {
      wanted.value = text;
      hits.value = undefined;
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        changeQuery({ find: text === "" ? undefined : text });
        void read();
      }, TYPING_MS);
    },
    go: (towards) => show(nextHit(hits.peek() ?? [], hit.peek(), towards)),
  };
}
