import { placeOf, RerunMarks, rerunRemark, type StepInfo, shortId } from "@automatosx/run-view";
import type { VNode } from "preact";
import { gateId } from "../../api/gate-id.js";
import type { RunStore } from "../client/RunStore.js";
import { CopyButton } from "../shell/Command.jsx";
import { Icon } from "../shell/Icons.jsx";
import { changeQuery } from "../shell/location.js";
import { Status } from "../shell/Status.jsx";
import { typedAxw } from "../shell/typed-axw.js";
import { StepRetry } from "./StepRetry.jsx";
import { stepLabel } from "./step-label.js";
import { WhyList } from "./WhyList.jsx";

/** The head of the inspector: which step it is, its status, and why. */
export function StepHead(props: {
  readonly store: RunStore;
  readonly step: StepInfo;
  readonly status: string;
  readonly attemptNumber: number | undefined;
}): VNode {
  const { store, step, status, attemptNumber } = props;
  const { owner } = placeOf(step.id);
  const { title, place } = stepLabel(store.view, step.id);
  const logs = typedAxw("logs", shortId(store.runId), step.id);
  const remark = rerunRemark(step, new RerunMarks(store.view));
  return (
    <div class="insp-h">
      {owner !== undefined && (
        <nav class="crumb" aria-label="Step">
          {ownersOf(step.id).map((path) => (
            <>
              <button
                type="button"
                class="row-link"
                onClick={() => changeQuery({ step: path, attempt: undefined, line: undefined })}
              >
                {placeOf(path).label}
              </button>
              <Icon name="right" isSmall />
            </>
          ))}
          <span>{place}</span>
        </nav>
      )}
      <div class="t">
        <h2>{title}</h2>
        <Status status={status} isPill />
        {attemptNumber !== undefined && (
          <span class="dim nowrap">{attemptText(attemptNumber, step.retries)}</span>
        )}
        <span class="grow" />
        <span class="t-acts">
          {waitsForPerson(step) && store.at.value === undefined && (
            <a class="btn small" href={`/gates/${encodeURIComponent(gateOf(store.runId, step))}`}>
              Answer
            </a>
          )}
          <StepRetry store={store} step={step} />
          {step.workflow !== undefined && <ChildRun store={store} step={step.id} />}
          <CopyButton
            text={logs}
            label={`Copy the command ${logs}`}
            class="btn quiet icon small hide-narrow"
          />
        </span>
      </div>
      <WhyList store={store} step={step.id} isShort />
      {remark !== undefined && <p class="dim">{remark}</p>}
    </div>
  );
}

/** The run that a step has started, as a link. */
function ChildRun({
  store,
  step,
}: {
  readonly store: RunStore;
  readonly step: string;
}): VNode | null {
  const run = store.children.value.findLast(({ parentStepId }) => parentStepId === step);
  if (run === undefined) return null;
  return (
    <a class="btn small" href={`/runs/${encodeURIComponent(run.runId)}`}>
      Open its run
    </a>
  );
}

/** The paths around a step, outermost first. */
function ownersOf(path: string): readonly string[] {
  const { owner } = placeOf(path);
  return owner === undefined ? [] : [...ownersOf(owner), owner];
}

/** `attempt 2 of 3`; without a number of attempts that may follow: `attempt 4`. */
function attemptText(number: number, retries: number): string {
  return number <= retries + 1 && retries > 0
    ? `attempt ${number} of ${retries + 1}`
    : `attempt ${number}`;
}

function gateOf(runId: string, { id, attemptNumber }: StepInfo): string {
  return gateId({ runId, step: id, attempt: attemptNumber });
}

function waitsForPerson({ status, gate, wait }: StepInfo): boolean {
  if (status === "unknown") return true;
  return status === "open" && (gate !== undefined || wait?.signal !== undefined);
}
