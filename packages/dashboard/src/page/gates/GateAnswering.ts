import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { GivenAnswer } from "../../api/common.schema.js";
import type { Gate, GateAnswerBody, GateAnswered, GateDecision } from "../../api/gate.schema.js";
import { ApiProblem } from "../client/call.js";
import { FormModel } from "../form/FormModel.js";
import { formFor, type NoteField, noteOf, resultOf } from "./gate-form.js";

/** What has become of an answer. */
export type Outcome =
  | { readonly is: "idle" }
  | { readonly is: "sending"; readonly decision: GateDecision }
  | { readonly is: "recorded"; readonly decision: GateDecision; readonly answer: GateAnswered }
  /** Another answer was first; the form stays. */
  | { readonly is: "answered_elsewhere"; readonly answer: GivenAnswer | undefined }
  | { readonly is: "failed"; readonly problem: ApiProblem };

/** Sends an answer. */
export type SendAnswer = (id: string, body: GateAnswerBody) => Promise<GateAnswered>;

/** What a person has put into the form of a question, and what became of the answer. */
export class GateAnswering {
  readonly gate: Gate;
  /** The values; undefined if the question asks for none. */
  readonly form: Signal<FormModel | undefined>;
  readonly note: Signal<string> = signal("");
  readonly noteField: NoteField | undefined;
  /** The result in place of the editable one, while it is edited. */
  readonly edit: Signal<FormModel | undefined> = signal(undefined);
  readonly isJson: Signal<boolean> = signal(false);
  readonly #outcome: Signal<Outcome> = signal<Outcome>({ is: "idle" });
  readonly #send: SendAnswer;

  constructor(gate: Gate, send: SendAnswer) {
    this.gate = gate;
    this.#send = send;
    this.noteField = noteOf(gate);
    const schema = formFor(gate);
    this.form = signal(schema === undefined ? undefined : new FormModel(schema));
  }

  get outcome(): ReadonlySignal<Outcome> {
    return this.#outcome;
  }

  /** Whether an answer may be sent: none is on its way, and none has been given. */
  get isOpen(): boolean {
    const { is } = this.#outcome.value;
    return this.gate.gate.answer === null && (is === "idle" || is === "failed");
  }

  /** Shows the values as fields, or as JSON. What was typed is kept. */
  showAsJson(isJson: boolean): void {
    const value = this.form.peek()?.value.peek();
    batch(() => {
      this.isJson.value = isJson;
      this.form.value = new FormModel(isJson ? {} : formFor(this.gate), value);
    });
  }

  /** Begins to edit the result, or leaves it as it is. */
  editResult(isEditing: boolean): void {
    const { editable } = this.gate;
    if (editable === undefined) return;
    const isText = typeof editable.value === "string";
    const schema = isText
      ? { type: "object", properties: { text: { type: "string", maxLength: 1e9 } } }
      : {};
    const initial = isText ? { text: editable.value } : editable.value;
    this.edit.value = isEditing ? new FormModel(schema, initial) : undefined;
  }

  /** How many fields must be corrected before the question can be approved. */
  get problemCount(): number {
    const models = [this.form.value, this.edit.value].filter((model) => model !== undefined);
    return models.reduce((sum, model) => sum + model.problems.value.length, 0);
  }

  /** Sends an answer. All buttons are locked until it has arrived. */
  async answer(decision: GateDecision): Promise<void> {
    if (!this.isOpen) return;
    const { gate } = this.gate;
    const body = this.#body(decision);
    this.#lock(true);
    this.#outcome.value = { is: "sending", decision };
    try {
      const answer = await this.#send(gate.id, body);
      this.#outcome.value = { is: "recorded", decision, answer };
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.#refuse(error);
    } finally {
      this.#lock(false);
    }
  }

  /** Notes that the question was answered elsewhere while the form was open. */
  seeAnswer(answer: GivenAnswer): void {
    const { is } = this.#outcome.peek();
    if (is === "idle" || is === "failed")
      this.#outcome.value = { is: "answered_elsewhere", answer };
  }

  #refuse(problem: ApiProblem): void {
    if (problem.body.code === "gate_answered") {
      this.#outcome.value = { is: "answered_elsewhere", answer: problem.body.answer };
      return;
    }
    const { issues } = problem.body;
    if (problem.status === 422 && issues !== undefined) this.form.peek()?.refuse(issues);
    this.#outcome.value = { is: "failed", problem };
  }

  #lock(isLocked: boolean): void {
    batch(() => {
      for (const model of [this.form.peek(), this.edit.peek()])
        if (model !== undefined) model.isLocked.value = isLocked;
    });
  }

  #body(decision: GateDecision): GateAnswerBody {
    const { revision } = this.gate;
    const note = this.note.peek().trim();
    const about = { decision, revision, ...(note !== "" && { note }) };
    const value = this.form.peek()?.value.peek();
    switch (decision) {
      case "approve":
      case "raise":
        return { ...about, values: (value ?? {}) as Record<string, unknown> };
      case "edit":
        return {
          ...about,
          values: (value ?? {}) as Record<string, unknown>,
          edits: this.#edited(),
        };
      case "done":
      case "signal":
        return { ...about, ...result(resultOf(this.gate, value)) };
      default:
        return about;
    }
  }

  #edited(): unknown {
    const value = this.edit.peek()?.value.peek();
    if (typeof this.gate.editable?.value !== "string") return value;
    return (value as { readonly text?: unknown } | undefined)?.text ?? "";
  }
}

function result(value: unknown): { readonly result?: unknown } {
  return value === undefined ? {} : { result: value };
}
