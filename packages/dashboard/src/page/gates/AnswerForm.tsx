import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { SchemaForm } from "../form/SchemaForm.jsx";
import type { GateAnswering } from "./GateAnswering.js";
import { noteHint } from "./gate-words.js";

const TITLES = {
  gate: "Your answer",
  signal: "Data of the signal",
  unknown: "If it happened: its result",
  budget: "The new budget",
} as const;

const SOURCES = {
  gate: "from the form in the workflow",
  signal: "what the step that waits is given",
  unknown: "what the step gives to later ones",
  budget: "applies to the whole run",
} as const;

/** The form of a question: its values, an edited result, and a note. */
export function AnswerForm({ answering }: { readonly answering: GateAnswering }): VNode | null {
  const { gate, form, edit, noteField, isJson } = answering;
  const { kind } = gate.gate;
  const model = form.value;
  const canBeJson = kind === "gate" && model !== undefined;
  if (model === undefined && edit.value === undefined && noteField === undefined) return null;
  return (
    <form
      class="card"
      id="gate-form"
      aria-label="Answer"
      onSubmit={(event) => event.preventDefault()}
    >
      <div class="card-h">
        <h2>{TITLES[kind]}</h2>
        {model !== undefined && <span class="dim hide-narrow">{SOURCES[kind]}</span>}
        <span class="grow" />
        {canBeJson && (
          <button
            type="button"
            class="btn quiet small"
            aria-pressed={isJson.value}
            onClick={() => answering.showAsJson(!isJson.value)}
          >
            As JSON
          </button>
        )}
      </div>
      {model !== undefined && <SchemaForm model={model} />}
      {edit.value !== undefined && (
        <section class="edited" aria-label="Edited result">
          <h3>{`The result of ${gate.editable?.step ?? ""} as you edit it`}</h3>
          <SchemaForm model={edit.value} />
        </section>
      )}
      {noteField !== undefined && <Note answering={answering} limit={noteField.limit} />}
    </form>
  );
}

function Note(props: { readonly answering: GateAnswering; readonly limit: number }): VNode {
  const { answering, limit } = props;
  const { note } = answering;
  const id = useId();
  return (
    <div class="form">
      <div class="f">
        <label for={id}>
          Note <span class="dimmer optional">optional</span>
        </label>
        <textarea
          class="field"
          id={id}
          aria-describedby={`${id}-hint`}
          maxLength={limit}
          value={note.value}
          readOnly={answering.outcome.value.is === "sending"}
          onInput={({ currentTarget }) => {
            note.value = currentTarget.value;
          }}
        />
        <span class="hint" id={`${id}-hint`}>
          {noteHint(answering.gate.gate.kind, note.value.length, limit)}
        </span>
      </div>
    </div>
  );
}
