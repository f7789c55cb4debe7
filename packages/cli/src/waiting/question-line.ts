import type { OpenQuestion } from "@automatosx/workflow/observe";
import { type NextLine, next } from "../next/actions.js";
import { shortId } from "../render/short-id.js";
import { fieldsOf } from "./form-fields.js";

/** The command line that answers a question of a run, which is given by its short id. */
export function questionLine(run: string, question: OpenQuestion): NextLine {
  const { kind, stepId: step, signal = "", form } = question;
  switch (kind) {
    case "gate": {
      const required = fieldsOf(form).filter(({ isRequired }) => isRequired);
      const values = required.flatMap(({ name }) => ["--set", `${name}=${placeholder(name)}`]);
      return next("answer_gate", "waiting", { run, step, args: values });
    }
    case "signal":
      // A path leads to a gate of a child run, but a signal is sent to the child run itself.
      return next("send_signal", "waiting", {
        run: shortId(question.runId),
        signal,
        args: form === undefined ? [] : ["--data", "JSON"],
      });
    case "unknown":
      return next("answer_unknown", "waiting", { run, step });
  }
}

function placeholder(name: string): string {
  return name.replace(/\W+/gu, "_").toUpperCase();
}
