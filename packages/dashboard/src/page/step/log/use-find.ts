import type { Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { call } from "../../client/call.js";
import { changeQuery, query } from "../../shell/location.js";
import type { AttemptPlace } from "../selection.js";
import { LogFinder } from "./LogFinder.js";

/** Searches in the log of an attempt. The text is in the address; a hit becomes `target`. */
export function useFind(place: AttemptPlace, target: Signal<number | undefined>): LogFinder {
  const { run, step, attempt } = place;
  const finder = useMemo(
    () =>
      new LogFinder(
        {
          read: (q, signal) =>
            call("findInLog", { params: { run, step, attempt }, query: { q }, signal }),
          show: (line) => {
            // Another stream would lack the line.
            if (query.peek().get("stream") !== null) changeQuery({ stream: undefined });
            target.value = line;
          },
          keep: (find) => changeQuery({ find: find === "" ? undefined : find }),
        },
        query.peek().get("find") ?? "",
      ),
    [run, step, attempt],
  );
  useEffect(() => {
    void finder.find();
    return () => finder.stop();
  }, [finder]);
  return finder;
}
