import { shortId, wholeSeconds } from "@automatosx/run-view";
import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Gate } from "../../api/gate.schema.js";
import { call } from "../client/call.js";
import { liveStream } from "../client/stream.js";
import { Icon } from "../shell/Icons.jsx";
import { useLoaded } from "../shell/load.js";
import { Problem } from "../shell/Problem.jsx";
import { clock, timeOfDay } from "../shell/time.js";
import { AnswerForm } from "./AnswerForm.jsx";
import { GateAnswering } from "./GateAnswering.js";
import { GateShown } from "./GateShown.jsx";
import { GateThen } from "./GateThen.jsx";
import { expiryLong, gateLook } from "./gate-words.js";
import { Meanwhile } from "./Meanwhile.jsx";

/** A question: what is to be approved, the form, and what each answer causes. */
export function GateDetail(props: {
  readonly id: string;
  readonly openCount: number | undefined;
  /** Changes when questions were opened or answered. */
  readonly again: ReadonlySignal<number>;
}): VNode {
  const { id, openCount, again } = props;
  const changed = useSignal(0);
  const loaded = useLoaded(id, (signal) => call("gate", { params: { gate: id }, signal }), changed);
  const { value, problem, isSlow, reload } = loaded;
  useEffect(() => {
    if (again.value > 0) changed.value += 1;
  }, [again.value]);
  const runId = value?.gate.runId;
  useEffect(
    () =>
      liveStream.listen({
        runs: ({ runs }) => {
          if (runs.some((run) => run.runId === runId)) changed.value += 1;
        },
      }),
    [runId],
  );
  if (value === undefined) {
    if (problem !== undefined) return <Problem problem={problem} onRetry={reload} />;
    return isSlow ? <p class="dim">Reading the question…</p> : <></>;
  }
  return (
    <div class="gate-in">
      <Head gate={value} openCount={openCount} />
      {/* The form stays as it is while the question is read again. */}
      <Answering key={`${id} ${value.revision}`} gate={value} problem={problem} />
    </div>
  );
}

function Answering({
  gate,
  problem,
}: {
  readonly gate: Gate;
  readonly problem: Parameters<typeof Problem>[0]["problem"] | undefined;
}): VNode {
  const answering = useMemo(
    () => new GateAnswering(gate, (id, body) => call("answerGate", { params: { gate: id }, body })),
    [],
  );
  const { answer } = gate.gate;
  useEffect(() => {
    if (answer !== null) answering.seeAnswer(answer);
  }, [answer]);
  // A question that was sent back is asked again under another id.
  const isRecorded = answering.outcome.value.is === "recorded";
  // The answer that was there when the screen was opened is no surprise.
  const isHistory = answering.gate.gate.answer !== null;
  return (
    <>
      <div class="stack">
        {problem !== undefined && !isRecorded && <Problem problem={problem} />}
        <GateShown gate={gate} />
        {!isHistory && <AnswerForm answering={answering} />}
      </div>
      <div class="stack">
        <GateThen gate={gate} answering={answering} isHistory={isHistory} />
        {answer === null && <Meanwhile gate={gate} />}
      </div>
    </>
  );
}

function Head(props: { readonly gate: Gate; readonly openCount: number | undefined }): VNode {
  const { gate, openCount } = props;
  const { runId, workflowId, step, ask, openedAt, answer } = gate.gate;
  const { icon, tone, word } = gateLook(gate.gate);
  const now = clock.value;
  const run = `/runs/${encodeURIComponent(runId)}`;
  return (
    <header>
      <nav class="crumb" aria-label="Breadcrumb">
        <a class="only-narrow" href="/gates">
          {openCount === undefined ? "Gates" : `${openCount} gates`}
        </a>
        <Icon name="right" isSmall class="only-narrow" />
        <a href={run}>
          {workflowId} {shortId(runId)}
        </a>
        {step !== undefined && (
          <>
            <Icon name="right" isSmall />
            <a href={`${run}?step=${encodeURIComponent(step)}`}>{step}</a>
          </>
        )}
      </nav>
      <h1>{ask}</h1>
      <p class="meta">
        <span class={`st ${tone}`}>
          <Icon name={icon} />
          {word}
        </span>
        {openedAt !== undefined && (
          <span>
            asked at {timeOfDay(openedAt)}
            {gate.askedBy !== undefined && (
              <>
                {" after "}
                <b>{gate.askedBy}</b>
              </>
            )}
          </span>
        )}
        {answer === null && openedAt !== undefined && (
          <span>open for {wholeSeconds(now - openedAt)}</span>
        )}
        {answer === null && <span>{expiryLong(gate.gate, now)}</span>}
        {gate.to.length > 0 && <span>for {gate.to.join(", ")}</span>}
      </p>
    </header>
  );
}
