import { failedStep, openQuestions, questionText, runWord } from "@automatosx/run-view";
import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { RunStore } from "../client/RunStore.js";
import { announce } from "../shell/announce.js";
import type { StepList } from "./steps/StepList.js";

/** Says to a screen reader what has changed: another status, another question, another failure. */
export function useAnnouncements(store: RunStore, list: StepList): void {
  const text = useComputed(() => {
    void store.version.value;
    return store.at.value === undefined ? newsOf(store, list) : "";
  });
  const last = useRef<string>(undefined);
  useEffect(() => {
    const isFirst = last.current === undefined;
    const isNew = text.value !== last.current && text.value !== "";
    last.current = text.value;
    if (isNew && !isFirst) announce(text.value);
  }, [text.value]);
}

function newsOf(store: RunStore, list: StepList): string {
  const { live, facts } = store;
  const word = `The run is ${runWord(facts)}`;
  if (live.hasEnded) return `${word}.`;
  const [question] = openQuestions(live);
  const asks =
    question === undefined ? "" : ` It waits for ${question.stepId}: ${questionText(question)}.`;
  const failed = live.metrics().failedSteps === 0 ? undefined : failedStep(list.steps());
  return `${word}.${asks}${failed === undefined ? "" : ` ${failed.id} failed.`}`;
}
