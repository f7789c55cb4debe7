import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { announce } from "../shell/announce.js";
import { Command } from "../shell/Command.jsx";
import { Icon } from "../shell/Icons.jsx";
import { Problem } from "../shell/Problem.jsx";
import { clock, timeOfDay } from "../shell/time.js";
import type { GateAnswering } from "./GateAnswering.js";
import { answerText, DECISION_WORDS } from "./gate-words.js";

/** What has become of the answer. The answer and what followed from it are two facts. */
export function GateOutcome({ answering }: { readonly answering: GateAnswering }): VNode | null {
  const outcome = answering.outcome.value;
  useEffect(() => {
    if (outcome.is === "recorded") announce("The answer is recorded.");
    if (outcome.is === "answered_elsewhere") announce("The question was answered elsewhere.");
  }, [outcome.is]);
  switch (outcome.is) {
    case "idle":
    case "sending":
      return null;
    case "failed":
      return <Problem problem={outcome.problem} />;
    case "answered_elsewhere":
      return (
        <div class="note wait">
          <Icon name="gate" tone="wait" />
          <p>
            <b>Answered elsewhere</b>
            {outcome.answer !== undefined && `: ${answerText(outcome.answer, clock.value)}`}. What
            you have filled in is still here.
          </p>
        </div>
      );
    case "recorded": {
      const { decision, answer } = outcome;
      const { isResumed, because, command } = answer.resumed;
      return (
        <ul class="then">
          <li>
            <Icon name="completed" tone="ok" />
            <span>
              <b>Recorded</b>: {DECISION_WORDS[decision]}, by {answer.by} at {timeOfDay(answer.at)}.
            </span>
          </li>
          <li>
            <Icon name={isResumed ? "running" : "paused"} tone={isResumed ? "run" : "wait"} />
            <span>
              {isResumed ? "The run continues." : `The run does not continue: ${because ?? ""}`}
              {!isResumed && <Command text={command} />}
            </span>
          </li>
          <li>
            <Icon name="right" />
            <a href={`/runs/${encodeURIComponent(answering.gate.gate.runId)}`}>Open the run</a>
          </li>
          {decision === "send_back" && (
            <li>
              <Icon name="gate" />
              <span>
                It is asked again once the step is completed: see <a href="/gates">the gates</a>.
              </span>
            </li>
          )}
        </ul>
      );
    }
  }
}
