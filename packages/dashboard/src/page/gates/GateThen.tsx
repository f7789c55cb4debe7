import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { Gate, GateConsequence, GateDecision } from "../../api/gate.schema.js";
import { liveStream } from "../client/stream.js";
import { focusProblem } from "../form/SchemaForm.jsx";
import { ask } from "../shell/ask.js";
import { Icon } from "../shell/Icons.jsx";
import { usd } from "../shell/money.js";
import { clock } from "../shell/time.js";
import type { GateAnswering } from "./GateAnswering.js";
import { GateOutcome } from "./GateOutcome.jsx";
import { answerText, DECISION_LOOKS, DECISION_WORDS } from "./gate-words.js";

/** What each answer causes, and the buttons that give it. */
export function GateThen(props: {
  readonly gate: Gate;
  readonly answering: GateAnswering;
  /** Whether the question was already answered when it was opened. */
  readonly isHistory: boolean;
}): VNode {
  const { gate, answering, isHistory } = props;
  const { answer } = gate.gate;
  if (isHistory && answer !== null)
    return (
      <div class="card">
        <div class="card-h">
          <h2>The answer</h2>
        </div>
        <div class="then">
          <p>{answerText(answer, clock.value)}</p>
          {answer.note !== undefined && <p class="dim">{answer.note}</p>}
        </div>
      </div>
    );
  const isRecorded = answering.outcome.value.is === "recorded";
  return (
    <div class="card">
      <div class="card-h">
        <h2>{isRecorded ? "Your answer, and what followed" : "Then"}</h2>
      </div>
      {!isRecorded && (
        <ul class="then">
          {answering.gate.consequences.map((each) => (
            <Consequence key={each.decision} consequence={each} />
          ))}
        </ul>
      )}
      <GateOutcome answering={answering} />
      <Actions answering={answering} />
    </div>
  );
}

function Consequence({ consequence }: { readonly consequence: GateConsequence }): VNode {
  const { decision, text, usd: cost } = consequence;
  const { icon, tone } = DECISION_LOOKS[decision];
  return (
    <li>
      <Icon name={icon} tone={tone} />
      <span>
        <b>{DECISION_WORDS[decision]}</b>: {text}
        {cost !== undefined && ` About ${usd(cost)}.`}
      </span>
    </li>
  );
}

/** Why nothing can be answered now; undefined if it can. */
function whyNot(answering: GateAnswering): string | undefined {
  if (liveStream.pulse.value?.isReadOnly === true) return "This server only shows runs.";
  if (liveStream.state.value.is === "lost") return "The server cannot be reached at present.";
  return answering.isOpen ? undefined : "";
}

function Actions({ answering }: { readonly answering: GateAnswering }): VNode | null {
  const { gate, edit, outcome } = answering;
  const reason = whyNot(answering);
  const primary = primaryOf(gate, edit.value !== undefined);
  const give = async (decision: GateDecision): Promise<void> => {
    if (whyNot(answering) !== undefined) return;
    const isChecked = decision === primary || decision === "approve";
    if (isChecked && hasProblem(answering)) return;
    if (!(await isMeant(gate, decision))) return;
    await answering.answer(decision);
  };
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      if (document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      void give(primary);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [answering, primary]);
  if (outcome.value.is === "recorded" || outcome.value.is === "answered_elsewhere") return null;
  const isLocked = reason !== undefined;
  const others = othersOf(gate, primary);
  return (
    <div class="acts">
      <button
        type="button"
        class="btn primary wide"
        aria-disabled={isLocked}
        aria-keyshortcuts="Control+Enter"
        onClick={() => void give(primary)}
      >
        {edit.value === undefined ? DECISION_WORDS[primary] : "Approve with the edit"}{" "}
        <kbd class="hide-narrow" aria-hidden="true">
          Ctrl Enter
        </kbd>
      </button>
      {gate.editable !== undefined && (
        <button
          type="button"
          class="btn"
          aria-disabled={isLocked}
          aria-pressed={edit.value !== undefined}
          onClick={() => {
            if (!isLocked) answering.editResult(edit.peek() === undefined);
          }}
        >
          {edit.value === undefined ? "Edit result…" : "Discard the edit"}
        </button>
      )}
      {others.map((decision) => (
        <button
          key={decision}
          type="button"
          class={classOf(decision, gate)}
          aria-disabled={isLocked}
          onClick={() => void give(decision)}
        >
          {`${DECISION_WORDS[decision]}…`}
        </button>
      ))}
      <p class="wide dimmer acts-note">{footText(answering, reason)}</p>
    </div>
  );
}

/** A button beside another one has half of the width. */
function classOf(decision: GateDecision, { editable }: Gate): string {
  if (decision === "reject") return "btn danger wide";
  return decision === "send_back" && editable !== undefined ? "btn" : "btn wide";
}

/** The answer that Ctrl Enter gives. */
function primaryOf({ gate }: Gate, isEditing: boolean): GateDecision {
  switch (gate.kind) {
    case "gate":
      return isEditing ? "edit" : "approve";
    case "signal":
      return "signal";
    case "unknown":
      return "done";
    case "budget":
      return "raise";
  }
}

function othersOf({ consequences }: Gate, primary: GateDecision): readonly GateDecision[] {
  return consequences
    .map(({ decision }) => decision)
    .filter((each) => each !== primary && each !== "edit" && each !== "approve");
}

/** Goes to the first field with a problem. */
function hasProblem({ form, edit }: GateAnswering): boolean {
  const element = document.getElementById("gate-form");
  const models = [form.peek(), edit.peek()].filter((model) => model !== undefined);
  return models.some((model) => focusProblem(model, element));
}

/** Asks once more before an answer that takes something back. */
function isMeant({ gate, consequences }: Gate, decision: GateDecision): Promise<boolean> | true {
  if (decision !== "reject" && decision !== "send_back" && decision !== "not_done") return true;
  const { text = "" } = consequences.find((each) => each.decision === decision) ?? {};
  const command = commandOf(gate.command, decision);
  return ask({
    title: `${DECISION_WORDS[decision]}?`,
    text,
    verb: DECISION_WORDS[decision],
    isDangerous: decision === "reject",
    ...(command !== undefined && { command }),
  });
}

/** The command for another answer than the first one. */
function commandOf(command: string, decision: GateDecision): string | undefined {
  switch (decision) {
    case "reject":
      return command.replace(/ approve (\S+) (\S+).*$/, " reject $1 $2");
    case "not_done":
      return command.replace(/--done$/, "--not-done");
    default:
      return undefined;
  }
}

function footText(answering: GateAnswering, reason: string | undefined): string {
  if (reason !== undefined && reason !== "") return reason;
  if (answering.outcome.value.is === "sending") return "Sending the answer…";
  const count = answering.problemCount;
  const check = "The engine checks again, and the first answer counts.";
  if (count === 0) return check;
  const first = DECISION_WORDS[primaryOf(answering.gate, false)];
  return `${count} ${count === 1 ? "field" : "fields"} to correct first; ${first} takes you there. ${check}`;
}
