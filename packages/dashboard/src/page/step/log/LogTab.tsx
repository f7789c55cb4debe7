import { grouped } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { plainText } from "../../../ansi/parse-ansi.js";
import type { LogLine } from "../../../api/run.schema.js";
import { download } from "../../client/download.js";
import type { RunStore } from "../../client/RunStore.js";
import { copyText } from "../../shell/copy-text.js";
import { problemOf } from "../../shell/load.js";
import { changeQuery, query } from "../../shell/location.js";
import { Problem } from "../../shell/Problem.jsx";
import type { AttemptPlace } from "../selection.js";
import { LogBar } from "./LogBar.jsx";
import { LogFoot } from "./LogFoot.jsx";
import type { LogLines } from "./LogLines.js";
import { LogView } from "./LogView.jsx";
import { writeLineRange } from "./line-range.js";
import { useFind } from "./use-find.js";
import { useLog } from "./use-log.js";

/** The most lines that are copied at once. More are in the raw log. */
const COPY_LIMIT = 100_000;

/** The log of an attempt: live and old lines are read by the same requests. */
export function LogTab(props: {
  readonly store: RunStore;
  readonly place: AttemptPlace;
  /** Whether the attempt is in flight. */
  readonly isRunning: boolean;
}): VNode {
  const { store, place, isRunning } = props;
  const { run, step, attempt } = place;
  const log = useLog(store, place, isRunning);
  const { lines, stream, selected, target, isFollowing } = log;
  const find = useFind(place, target);
  const problem = useSignal<unknown>(undefined);
  const isWrapped = query.value.get("wrap") !== "off";
  const attempting = (what: Promise<unknown>): void => {
    problem.value = undefined;
    what.catch((error: unknown) => {
      problem.value = error;
    });
  };
  const copy = (): void => attempting(copyLines(lines, selected.value));
  const raw = (): void => {
    const name = `${run}-${step}-${attempt}.log`;
    attempting(download("logText", { params: { run, step, attempt } }, name));
  };
  void lines.version.value;
  const failure = problem.value ?? lines.problem.value;
  return (
    <>
      <LogBar lines={lines} find={find} stream={stream} selected={selected.value} onCopy={copy} />
      {failure !== undefined && (
        <Problem problem={problemOf(failure)} onRetry={() => void lines.refresh()} />
      )}
      {lines.hasBegun && lines.total === 0 ? (
        <p class="log-none dim">{emptyText(isRunning, stream)}</p>
      ) : (
        <LogView
          lines={lines}
          label={`Log of attempt ${attempt}`}
          isWrapped={isWrapped}
          wanted={find.wanted.value}
          hit={find.hit.value}
          target={target}
          isFollowing={isFollowing}
          selected={selected}
          onSelect={(range) =>
            changeQuery({ line: range === undefined ? undefined : writeLineRange(range) })
          }
          onCopy={copy}
          onNext={(towards) => find.go(towards)}
        />
      )}
      <LogFoot log={log} isRunning={isRunning} isWrapped={isWrapped} onRaw={raw} />
    </>
  );
}

/** Copies lines as text, those too that were never shown. */
async function copyLines(
  lines: LogLines,
  range: { readonly first: number; readonly last: number } = { first: 1, last: lines.total },
): Promise<void> {
  const last = Math.min(range.last, lines.total);
  const count = last - range.first + 1;
  if (count > COPY_LIMIT)
    throw new Error(`${grouped(count)} lines are too many to copy. Download the raw log instead.`);
  const found: readonly LogLine[] = await lines.lines(range.first, last);
  const text = found.map((line) => plainText(line[3])).join("\n");
  await copyText(text, found.length === 1 ? "Copied 1 line" : `Copied ${found.length} lines`);
}

function emptyText(isRunning: boolean, stream: "stderr" | undefined): string {
  if (stream !== undefined) return "The attempt has printed nothing on stderr.";
  return isRunning ? "The attempt has printed nothing yet." : "The attempt printed nothing.";
}
