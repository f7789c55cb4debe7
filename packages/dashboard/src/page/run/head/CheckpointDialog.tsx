import { agoText } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { call } from "../../client/call.js";
import type { RunStore } from "../../client/RunStore.js";
import { Command } from "../../shell/Command.jsx";
import { Dialog } from "../../shell/Dialog.jsx";
import { useLoaded } from "../../shell/load.js";
import { Problem } from "../../shell/Problem.jsx";

const WORDS = {
  restore: {
    title: "Go back to a checkpoint",
    verb: "Go back",
    text: "Steps that were completed by then keep their results; all others start again.",
  },
  fork: {
    title: "Fork the run",
    verb: "Fork",
    text: "A new run begins with the results that this one has at that point. This run stays as it is.",
  },
} as const;

/** Where the fork of the end of a run begins. */
const END = "";

/** Asks for a checkpoint, then goes back to it, or begins a new run from it. */
export function CheckpointDialog(props: {
  readonly store: RunStore;
  readonly verb: "restore" | "fork";
  readonly onClose: () => void;
}): VNode {
  const { store, verb, onClose } = props;
  const { title, text, verb: label } = WORDS[verb];
  const { value, problem, reload } = useLoaded(store.runId, (signal) =>
    call("checkpoints", { params: { run: store.runId }, signal }),
  );
  const chosen = useSignal<string | undefined>(verb === "fork" ? END : undefined);
  const checkpoints = value?.checkpoints ?? [];
  const picked = checkpoints.find(({ checkpointId }) => checkpointId === chosen.value);
  const send = (): void => {
    const checkpointId = chosen.value;
    if (checkpointId === undefined) return;
    onClose();
    if (verb === "restore") void store.asked.ask("restore", { checkpointId });
    else void store.asked.ask("fork", checkpointId === END ? {} : { checkpointId });
  };
  const command =
    picked?.[verb] ?? (verb === "fork" ? store.actions.value.fork?.command : undefined);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          {command !== undefined && <Command text={command} isPlain />}
          <span class="grow" />
          <button type="button" class="btn" onClick={onClose}>
            Back
          </button>
          <button
            type="button"
            class="btn primary"
            {...(chosen.value === undefined && { "aria-disabled": true })}
            onClick={send}
          >
            {label}
          </button>
        </>
      }
    >
      <p class="dialog-text">{text}</p>
      {problem !== undefined && <Problem problem={problem} onRetry={reload} />}
      <fieldset class="choices">
        <legend class="vh">Checkpoint</legend>
        {verb === "fork" && (
          <Choice id={END} chosen={chosen} name="The end of the run" about="all results so far" />
        )}
        {checkpoints.map(({ checkpointId, name, kind, seq, createdAt, completedCount, damage }) => (
          <Choice
            key={checkpointId}
            id={checkpointId}
            chosen={chosen}
            name={name ?? `${kind} checkpoint`}
            about={`event ${seq}, ${agoText(store.now.value, createdAt)}, ${completedCount} completed`}
            damage={damage}
          />
        ))}
        {verb === "restore" && value !== undefined && checkpoints.length === 0 && (
          <p class="dim">The run has no checkpoint.</p>
        )}
      </fieldset>
    </Dialog>
  );
}

function Choice(props: {
  readonly id: string;
  readonly chosen: { value: string | undefined };
  readonly name: string;
  readonly about: string;
  readonly damage?: string | undefined;
}): VNode {
  const { id, chosen, name, about, damage } = props;
  return (
    <label class="opt">
      <input
        type="radio"
        name="checkpoint"
        checked={chosen.value === id}
        disabled={damage !== undefined}
        onChange={() => {
          chosen.value = id;
        }}
      />
      <span>
        <b>{name}</b> <span class="dim">{damage === undefined ? about : `damaged: ${damage}`}</span>
      </span>
    </label>
  );
}
