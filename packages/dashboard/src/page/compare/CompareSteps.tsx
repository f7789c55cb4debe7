import { count } from "@automatosx/run-view";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { ComparedStep, Comparison } from "../../api/run.schema.js";
import { Status } from "../shell/Status.jsx";
import { type ComparedRow, comparedRows, DIFFERENCE_WORDS, figuresOf } from "./comparison.js";

/** The steps of two runs. Those that are the same are folded. */
export function CompareSteps({ comparison }: { readonly comparison: Comparison }): VNode {
  const isOpen = useSignal(false);
  const rows = comparedRows(comparison.steps);
  const differing = rows.filter(({ difference }) => difference !== "same");
  const sameCount = rows.length - differing.length;
  const shown = isOpen.value ? rows : differing;
  return (
    <section class="card" aria-label="Steps">
      <div class="card-h">
        <h2>Steps</h2>
        <span class="dim">
          {differing.length === 0
            ? "all the same"
            : `${count(differing.length, "step")} ${differing.length === 1 ? "differs" : "differ"}`}
        </span>
        <span class="grow" />
        {sameCount > 0 && (
          <button
            type="button"
            class="btn quiet small"
            aria-pressed={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.peek();
            }}
          >
            {`${count(sameCount, "step")} ${sameCount === 1 ? "is" : "are"} the same`}
          </button>
        )}
      </div>
      {shown.length > 0 && (
        <table class="plan">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Differs by</th>
              <th scope="col">Left</th>
              <th scope="col">Right</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={row.step} row={row} comparison={comparison} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row(props: { readonly row: ComparedRow; readonly comparison: Comparison }): VNode {
  const { row, comparison } = props;
  const { step, difference, left, right } = row;
  return (
    <tr>
      <th scope="row">{step}</th>
      <td class="dim">{DIFFERENCE_WORDS[difference]}</td>
      <td>
        <Side step={step} side={left} run={comparison.left.runId} />
      </td>
      <td>
        <Side step={step} side={right} run={comparison.right.runId} />
      </td>
    </tr>
  );
}

function Side(props: {
  readonly step: string;
  readonly side: ComparedStep | null;
  readonly run: string;
}): VNode {
  const { step, side, run } = props;
  if (side === null) return <span class="dimmer">not there</span>;
  const href = `/runs/${encodeURIComponent(run)}?step=${encodeURIComponent(step)}&tab=result`;
  return (
    <a class="compare-side" href={href}>
      <Status status={side.status} /> <span class="dim">{figuresOf(side)}</span>
    </a>
  );
}
