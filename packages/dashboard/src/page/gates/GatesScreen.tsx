import { type ReadonlySignal, signal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { GateList } from "../../api/gate.schema.js";
import { call } from "../client/call.js";
import { liveStream } from "../client/stream.js";
import { useKeys } from "../shell/keys.js";
import { useLoaded } from "../shell/load.js";
import { navigate } from "../shell/location.js";
import { Problem } from "../shell/Problem.jsx";
import type { ScreenProps } from "../shell/screens.js";
import { clock } from "../shell/time.js";
import { useTitle } from "../shell/title.js";
import { typedAxw } from "../shell/typed-axw.js";
import { GateDetail } from "./GateDetail.jsx";
import { GateInbox, gateHref } from "./GateInbox.jsx";

/** The list as it was last read: it stays while another gate is selected. */
const known = signal<GateList | undefined>(undefined);

/** What waits for people: the list, and the question that is selected. */
export function GatesScreen({ rest: [wanted] }: ScreenProps): VNode {
  useTitle("Gates");
  const again = useChanges();
  const { value, problem, isSlow, reload } = useLoaded(
    "gates",
    async (stopped) => {
      known.value = await call("gates", { signal: stopped });
      return known.value;
    },
    again,
  );
  const list = value ?? known.value;
  const all = list === undefined ? [] : [...list.gates, ...list.answered];
  const selected = wanted ?? list?.gates[0]?.id;
  useKeys(
    [
      { keys: "j", label: "Select the next question", run: () => step(1) },
      { keys: "k", label: "Select the question before", run: () => step(-1) },
    ],
    "Gates",
  );
  const step = (towards: 1 | -1): void => {
    const place = all.findIndex(({ id }) => id === selected);
    const next = all[place + towards];
    if (next !== undefined) navigate(gateHref(next.id), { replace: wanted !== undefined });
  };
  return (
    <main class="gates" id="main" tabIndex={-1}>
      <GateInbox
        list={list}
        selected={selected}
        now={clock.value}
        isNarrow={wanted === undefined}
        isSlow={isSlow}
        problem={problem === undefined ? undefined : <Problem {...{ problem }} onRetry={reload} />}
      />
      <section class={wanted === undefined ? "gate hide-narrow" : "gate"} aria-label="Gate">
        {selected === undefined ? (
          <NothingOpen list={list} />
        ) : (
          <GateDetail key={selected} id={selected} openCount={list?.gates.length} again={again} />
        )}
      </section>
    </main>
  );
}

/** How long changes of runs are gathered before the list is read again, in ms. */
const GATHER_MS = 2000;

/** Changes when questions may have been opened or answered. */
function useChanges(): ReadonlySignal<number> {
  const again = useSignal(0);
  useEffect(() => {
    let gathering: ReturnType<typeof setTimeout> | undefined;
    const note = (): void => {
      again.value += 1;
    };
    const stop = liveStream.listen({
      gates: note,
      // One question may be opened while another is answered: their number is then the same.
      runs: () => {
        gathering ??= setTimeout(() => {
          gathering = undefined;
          note();
        }, GATHER_MS);
      },
    });
    let before = liveStream.state.peek().is;
    const stopState = liveStream.state.subscribe(({ is }) => {
      if (is === "live" && before === "lost") note();
      before = is;
    });
    return () => {
      clearTimeout(gathering);
      stop();
      stopState();
    };
  }, []);
  return again;
}

function NothingOpen({ list }: { readonly list: GateList | undefined }): VNode | null {
  if (list === undefined) return null;
  return (
    <div class="blank">
      <h2>Nothing waits for you</h2>
      <p class="dim">Open gates, signals and steps of unknown outcome appear here.</p>
      <code>{typedAxw("gates")}</code>
    </div>
  );
}
