import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Workflow } from "../../api/workflow.schema.js";
import { type ApiProblem, call } from "../client/call.js";
import { FormModel } from "../form/FormModel.js";
import { asSchema } from "../form/field.js";
import { focusProblem, SchemaForm } from "../form/SchemaForm.jsx";
import { Command } from "../shell/Command.jsx";
import { Dialog } from "../shell/Dialog.jsx";
import { problemOf } from "../shell/load.js";
import { navigate } from "../shell/location.js";
import { Problem } from "../shell/Problem.jsx";
import { inputFlags } from "./input-flags.js";

/** Asks for the inputs of a workflow, and starts a run of its file. */
export function RunDialog(props: {
  readonly workflow: Workflow;
  readonly onClose: () => void;
}): VNode {
  const { workflow, onClose } = props;
  const { name, file = "", inputs, commands } = workflow;
  const model = useMemo(() => new FormModel(inputs), []);
  // The same id each time: a start that is sent twice is one run.
  const runId = useMemo(() => crypto.randomUUID(), []);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const value = asSchema(model.value.value);
  const start = async (): Promise<void> => {
    if (model.isLocked.value || focusProblem(model, form.current)) return;
    model.isLocked.value = true;
    problem.value = undefined;
    try {
      const body = { workflow: file, inputs: value, runId };
      const started = await call("startRun", { body });
      navigate(`/runs/${encodeURIComponent(started.runId)}`);
    } catch (error) {
      problem.value = problemOf(error);
      model.refuse(problem.value.body.issues ?? []);
      model.isLocked.value = false;
      focusProblem(model, form.current);
    }
  };
  return (
    <Dialog title={`Run ${name}`} onClose={onClose}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
        noValidate
      >
        {model.fields.length === 0 ? (
          <p class="dialog-text dim">This workflow has no inputs.</p>
        ) : (
          <SchemaForm model={model} />
        )}
        {problem.value !== undefined && <Problem problem={problem.value} />}
        <div class="dialog-acts">
          <Command text={commands.run + inputFlags(value)} isPlain class="whole-row" />
          <span class="grow" />
          <button type="button" class="btn" onClick={onClose}>
            Back
          </button>
          <button type="submit" class="btn primary" aria-disabled={model.isLocked.value}>
            {model.isLocked.value ? "Starting…" : "Run"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
