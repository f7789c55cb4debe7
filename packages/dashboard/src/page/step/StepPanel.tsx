import { isOwned, progressOf, type StepInfo, treeOf } from "@automatosx/run-view";
import type { VNode } from "preact";
import type { RunStore } from "../client/RunStore.js";
import { useKeys } from "../shell/keys.js";
import { changeQuery, query } from "../shell/location.js";
import { AttemptsTable } from "./AttemptsTable.jsx";
import { attemptRows } from "./attempt-rows.js";
import { EventsTab } from "./EventsTab.jsx";
import { LogTab } from "./log/LogTab.jsx";
import { StepHead } from "./StepHead.jsx";
import { StepTabs, TAB_PANEL, tabId } from "./StepTabs.jsx";
import { neighbour, readSelection, type Selection } from "./selection.js";
import { stepFacts } from "./step-facts.js";
import { ValueTab } from "./ValueTab.jsx";
import { WhyList } from "./WhyList.jsx";

/** The step that the address selects, with its attempts: what they printed, were given and gave. */
export function StepPanel({ store }: { readonly store: RunStore }): VNode {
  void store.version.value;
  const selection = readSelection(store.view, query.value);
  useKeys(selection === undefined ? [] : keysOf(selection), "Selected step");
  return (
    <aside class="insp" aria-label="Selected step">
      {selection === undefined ? (
        <p class="log-none dim">{noStepText(store)}</p>
      ) : (
        <Step store={store} selection={selection} />
      )}
    </aside>
  );
}

function Step(props: { readonly store: RunStore; readonly selection: Selection }): VNode {
  const { store, selection } = props;
  const { step, attempts, attempt, tabs, tab } = selection;
  const isActive = isOwned(store.facts);
  const rows = attemptRows({
    attempts,
    isActive,
    now: store.now.value,
    usedBy: (number) => store.usedBy(step.id, number),
  });
  const status = step.status === "running" && !isActive ? "interrupted" : step.status;
  return (
    <>
      <StepHead store={store} step={step} status={status} attemptNumber={attempt?.attemptNumber} />
      <AttemptsTable rows={rows} selected={attempt?.attemptNumber} known={store.knownUse} isShort />
      <dl class="facts">
        {[...stepFacts(step, silentMs(store, selection, isActive)), ...progressFacts(store, step)]
          .slice(0, 6)
          .map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="cut" title={value}>
                {value}
              </dd>
            </div>
          ))}
      </dl>
      <StepTabs tabs={tabs} tab={tab} />
      <div class="tab-panel" id={TAB_PANEL} role="tabpanel" aria-labelledby={tabId(tab)}>
        <TabContent store={store} selection={selection} isActive={isActive} />
      </div>
    </>
  );
}

function TabContent(props: {
  readonly store: RunStore;
  readonly selection: Selection;
  readonly isActive: boolean;
}): VNode {
  const { store, selection, isActive } = props;
  const { step, attempt, tab } = selection;
  const number = attempt?.attemptNumber ?? step.attemptNumber;
  const place = { run: store.runId, step: step.id, attempt: number };
  const version = `${attempt?.status ?? step.status} ${store.view.reruns().length}`;
  switch (tab) {
    case "log":
      if (attempt === undefined) return <p class="log-none dim">No attempt has begun yet.</p>;
      return (
        <LogTab
          key={`${step.id} ${number}`}
          store={store}
          place={place}
          isRunning={isActive && attempt.status === "running"}
        />
      );
    case "result":
      if (isUnfinished(selection)) return <p class="log-none dim">{noResultText(selection)}</p>;
      return (
        <ValueTab kind="result" place={place} version={version} root={`${rootOf(step)}.output`} />
      );
    case "task":
    case "inputs":
      if (attempt === undefined) return <p class="log-none dim">No attempt has begun yet.</p>;
      return (
        <ValueTab kind={tab} place={place} version={version} root={`${rootOf(step)}.${tab}`} />
      );
    case "events":
      return <EventsTab key={step.id} store={store} step={step.id} />;
    case "why":
      return (
        <div class="tab-text">
          <WhyList store={store} step={step.id} />
        </div>
      );
    case "attempts":
      return (
        <div class="tab-text">
          <AttemptsTable
            rows={attemptRows({
              attempts: selection.attempts,
              isActive,
              now: store.now.value,
              usedBy: (each) => store.usedBy(step.id, each),
            })}
            selected={attempt?.attemptNumber}
            known={store.knownUse}
          />
        </div>
      );
  }
}

/** How long the attempt in flight has printed nothing, as far as its log was followed. */
function silentMs(
  store: RunStore,
  { step, attempt }: Selection,
  isActive: boolean,
): number | undefined {
  if (!isActive || attempt?.status !== "running" || step.idleTimeout === undefined)
    return undefined;
  const hint = store.logHint.value;
  const isOfAttempt = hint?.step === step.id && hint.attempt === attempt.attemptNumber;
  return isOfAttempt ? Math.max(0, store.now.value - (hint.at ?? attempt.startedAt)) : undefined;
}

function rootOf({ id }: StepInfo): string {
  return /^[A-Za-z_]\w*$/.test(id) ? `steps.${id}` : `steps[${JSON.stringify(id)}]`;
}

function isUnfinished({ step, attempt }: Selection): boolean {
  return step.status !== "completed" && attempt?.status !== "completed";
}

function noResultText({ step, attempt }: Selection): string {
  if (attempt?.error !== undefined)
    return `Attempt ${attempt.attemptNumber} failed: ${attempt.error}`;
  if (step.error !== undefined) return `The step failed: ${step.error}`;
  return `There is no result: the step is ${step.status}.`;
}

function progressFacts(store: RunStore, step: StepInfo) {
  if (step.kind === undefined) return [];
  const progress = progressOf(step, treeOf(store.view.steps()));
  return progress === undefined || progress === "" ? [] : [{ name: "Progress", value: progress }];
}

function noStepText(store: RunStore): string {
  const wanted = query.value.get("step");
  if (wanted === null) return "Select a step to see its attempts, its log and its result.";
  return store.at.value === undefined
    ? `The run has no step ${wanted}.`
    : `The run had no step ${wanted} yet at event ${store.at.value}.`;
}

/** The keys of the inspector: tabs by number, and the attempts before and after. */
function keysOf(selection: Selection) {
  const { tabs } = selection;
  const goTo = (towards: 1 | -1) => (): void => {
    const number = neighbour(selection, towards);
    if (number !== undefined) changeQuery({ attempt: String(number), line: undefined });
  };
  return [
    ...tabs.slice(0, 5).map((tab, index) => ({
      keys: String(index + 1),
      label: `Show the tab ${index + 1}`,
      run: () => changeQuery({ tab }),
    })),
    { keys: "[", label: "Show the attempt before", run: goTo(-1) },
    { keys: "]", label: "Show the attempt after", run: goTo(1) },
  ];
}
