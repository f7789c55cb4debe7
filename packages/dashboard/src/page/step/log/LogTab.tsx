import { batch, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { call } from "../../client/call.js";
import { download } from "../../client/download.js";
import type { RunStore } from "../../client/RunStore.js";
import { copyText } from "../../shell/copy-text.js";
import { Icon } from "../../shell/Icons.jsx";
import { problemOf } from "../../shell/load.js";
import { changeQuery, query } from "../../shell/location.js";
import { Problem } from "../../shell/Problem.jsx";
import { byteText } from "../byte-text.js";
import type { AttemptPlace } from "../selection.js";
import { plainText } from "./ansi.js";
import { LogBar } from "./LogBar.jsx";
import { LogLines } from "./LogLines.js";
import { LogView } from "./LogView.jsx";
import { readLineRange, writeLineRange } from "./line-range.js";
import { useFind } from "./use-find.js";

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
  const stream = query.value.get("stream") === "stderr" ? ("stderr" as const) : undefined;
  const isWrapped = query.value.get("wrap") !== "off";
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
  const problem = useSignal<unknown>(undefined);
  const find = useFind(place, target);

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
    if (!isRunning) void lines.refresh();
  }, [lines, isRunning]);

  const attempting = async (what: () => Promise<unknown>): Promise<void> => {
    problem.value = undefined;
    await what().catch((error: unknown) => {
      problem.value = error;
    });
  };
  const copy = (): Promise<void> =>
    attempting(async () => {
      const range = selected.value ?? { first: 1, last: lines.total };
      const found = await linesFor(lines, range);
      await copyText(
        found.map(([, , , text]) => plainText(text)).join("\n"),
        found.length === 1 ? "Copied 1 line" : `Copied ${found.length} lines`,
      );
    });
  const raw = (): Promise<void> =>
    attempting(() =>
      download("logText", { params: { run, step, attempt } }, `${run}-${step}-${attempt}.log`),
    );
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
          onNext={find.go}
        />
      )}
      <div class="log-foot">
        {isRunning && !lines.isComplete && (
          <Following
            isFollowing={isFollowing.value}
            onFollow={() => {
              isFollowing.value = true;
            }}
          />
        )}
        <span class="cut">{figures(lines, stream)}</span>
        <span class="grow" />
        <button
          type="button"
          class="btn quiet small"
          aria-pressed={isWrapped}
          onClick={() => changeQuery({ wrap: isWrapped ? "off" : undefined })}
        >
          Wrap
        </button>
        <button type="button" class="btn quiet small" title="Download the log" onClick={raw}>
          Raw
        </button>
      </div>
    </>
  );
}

function Following(props: { readonly isFollowing: boolean; readonly onFollow: () => void }): VNode {
  if (props.isFollowing)
    return (
      <>
        <span class="live-dot" aria-hidden="true" />
        following
      </>
    );
  return (
    <button type="button" class="btn small" onClick={props.onFollow}>
      <Icon name="down" />
      Follow
    </button>
  );
}

async function linesFor(
  lines: LogLines,
  { first, last }: { readonly first: number; readonly last: number },
) {
  const count = Math.min(last, lines.total) - first + 1;
  if (count > COPY_LIMIT)
    throw new Error(
      `${count.toLocaleString("en")} lines are too many to copy. Download the raw log instead.`,
    );
  return lines.lines(first, Math.min(last, lines.total));
}

function figures(lines: LogLines, stream: "stderr" | undefined): string {
  if (!lines.hasBegun) return "";
  const words = lines.total === 1 ? "1 line" : `${lines.total.toLocaleString("en")} lines`;
  return stream === undefined ? `${words}, ${byteText(lines.bytes)}` : `${words} on stderr`;
}

function emptyText(isRunning: boolean, stream: "stderr" | undefined): string {
  if (stream !== undefined) return "The attempt has printed nothing on stderr.";
  return isRunning ? "The attempt has printed nothing yet." : "The attempt printed nothing.";
}

/** A link may name a line in its fragment: `#L209`. */
function takeLineOfHash(): void {
  const range = location.hash.startsWith("#L") ? readLineRange(location.hash.slice(1)) : undefined;
  if (range !== undefined) changeQuery({ line: writeLineRange(range) });
}
