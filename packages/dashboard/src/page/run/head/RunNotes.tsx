import type { VNode } from "preact";
import type { RunStore } from "../../client/RunStore.js";
import { liveStream } from "../../client/stream.js";
import { CopyButton } from "../../shell/Command.jsx";
import { Icon } from "../../shell/Icons.jsx";
import { toneClass } from "../../shell/status-looks.js";
import type { StepList } from "../steps/StepList.js";
import { type RunNote, runNotes } from "./run-notes.js";

/** How many notes have room. */
const MOST_NOTES = 3;

const ICONS = {
  ok: "completed",
  fail: "failed",
  run: "running",
  wait: "gate",
  unknown: "unknown",
  idle: "stop",
} as const;

/** What the run says: what it waits for, what has failed, and why nothing continues. */
export function RunNotes(props: {
  readonly store: RunStore;
  readonly list: StepList;
  readonly onShow: (step: string) => void;
  readonly onResume: () => void;
}): VNode | null {
  const { store, list, onShow, onResume } = props;
  void store.version.value;
  const isPast = store.at.value !== undefined;
  const notes = runNotes({
    facts: store.facts,
    view: store.view,
    steps: () => list.steps(),
    isQuarantined: store.row.value.isQuarantined,
    isPast,
  });
  if (notes.length === 0) return null;
  const more = notes.length - MOST_NOTES;
  const { is } = liveStream.state.value;
  const isConnected = is !== "lost" && is !== "refused";
  const canResume = !isPast && isConnected && store.actions.value.resume.can;
  return (
    <div class="asks">
      {notes.slice(0, MOST_NOTES).map((note) => (
        <Note
          key={`${note.head}${note.text}`}
          note={note}
          {...{ onShow, onResume, canResume }}
          command={store.actions.value.resume.command}
        />
      ))}
      {more > 0 && <p class="note dim">and {more} more</p>}
    </div>
  );
}

function Note(props: {
  readonly note: RunNote;
  readonly onShow: (step: string) => void;
  readonly onResume: () => void;
  readonly canResume: boolean;
  readonly command: string | undefined;
}): VNode {
  const { note, onShow, onResume, canResume, command } = props;
  const { tone, head, text, shows, answers, verb } = note;
  const sentence = text === "" ? head : `${head}: ${text}`;
  return (
    <p class={`note ${toneClass(tone)}`}>
      <Icon name={ICONS[tone]} tone={toneClass(tone)} />
      <span class="cut" title={sentence}>
        <b>
          {head}
          {text !== "" && ":"}
        </b>{" "}
        {text}
      </span>
      {answers !== undefined && (
        <a class="btn small" href={`/gates/${encodeURIComponent(answers)}`}>
          Answer
        </a>
      )}
      {shows !== undefined && answers === undefined && (
        <button type="button" class="btn small" onClick={() => onShow(shows)}>
          Show
        </button>
      )}
      {verb === "resume" &&
        (canResume ? (
          <button type="button" class="btn small" onClick={onResume}>
            Resume
          </button>
        ) : (
          command !== undefined && (
            <CopyButton text={command} class="btn small">
              <code>{command}</code>
            </CopyButton>
          )
        ))}
      {note.command !== undefined && (
        <CopyButton text={note.command} class="btn small">
          <code>{note.command}</code>
        </CopyButton>
      )}
    </p>
  );
}
