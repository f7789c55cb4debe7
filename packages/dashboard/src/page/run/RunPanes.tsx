import { cleanLine, runWord, shortId } from "@automatosx/run-view";
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { RunStore } from "../client/RunStore.js";
import { Boundary } from "../shell/Boundary.jsx";
import { lookOf } from "../shell/status-looks.js";
import { useTitle } from "../shell/title.js";
import { StepPanel } from "../step/StepPanel.jsx";
import { firstStep } from "./first-step.js";
import { GraphPane } from "./graph/GraphPane.jsx";
import { RunHead } from "./head/RunHead.jsx";
import { RunStrips } from "./RunStrips.jsx";
import { Scrubber } from "./Scrubber.jsx";
import { leftPane, rowFilter, selectedStep, shownEvent } from "./selection.js";
import { StepGrid } from "./steps/StepGrid.jsx";
import { StepList } from "./steps/StepList.js";
import { StepsHead } from "./steps/StepsHead.jsx";
import type { GridControl } from "./steps/use-grid-moves.js";
import { useAnnouncements } from "./use-announcements.js";
import { useStepKeys } from "./use-step-keys.js";

/** The screen of a run that has been loaded. */
export function RunPanes({ store }: { readonly store: RunStore }): VNode {
  const list = useMemo(() => new StepList(store, rowFilter), [store]);
  const control = useRef<GridControl>(null);
  const inspector = useRef<HTMLDivElement>(null);
  const isPainted = useSignal(false);
  const word = useComputed(() => {
    void store.version.value;
    return runWord(store.facts);
  });
  useTitle(
    `${cleanLine(store.row.value.workflowName)} ${shortId(store.runId)}`,
    lookOf(word.value).tone,
  );
  useEffect(() => {
    const first = selectedStep.peek() ?? firstStep(store.view);
    if (first !== undefined) control.current?.show(first);
    return () => list.close();
  }, [list]);
  useEffect(() => {
    // The run itself is painted first; the details of a step read more from the server.
    const frame = requestAnimationFrame(() =>
      setTimeout(() => {
        isPainted.value = true;
      }),
    );
    return () => cancelAnimationFrame(frame);
  }, []);
  useSignalEffect(() => {
    void store.lookAt(shownEvent.value).catch(() => {});
  });
  const show = (path: string): void => control.current?.show(path);
  const enter = (): void => {
    inspector.current?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus();
  };
  useStepKeys({ store, list, control });
  useAnnouncements(store, list);
  return (
    <main class="run-page" id="main" tabIndex={-1}>
      <RunHead store={store} list={list} onShow={show} />
      <RunStrips store={store} />
      <section class={`left show-${leftPane.value}`} aria-label="Steps">
        <Boundary name="Graph">
          <GraphPane store={store} list={list} onPick={show} />
        </Boundary>
        <StepsHead />
        <Boundary name="Steps">
          <StepGrid store={store} list={list} control={control} onEnter={enter} />
        </Boundary>
      </section>
      <div class="insp-box" ref={inspector}>
        <Boundary
          name="Selected step"
          around={(report) => (
            <aside class="insp" aria-label="Selected step">
              {report}
            </aside>
          )}
        >
          {isPainted.value ? (
            <StepPanel store={store} />
          ) : (
            <aside class="insp" aria-label="Selected step" aria-busy="true" />
          )}
        </Boundary>
      </div>
      <Scrubber store={store} />
    </main>
  );
}
