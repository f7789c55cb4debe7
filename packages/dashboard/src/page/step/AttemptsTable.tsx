import type { VNode } from "preact";
import { changeQuery } from "../shell/location.js";
import { Status } from "../shell/Status.jsx";
import type { AttemptRow } from "./attempt-rows.js";

/** How many attempts the head of the inspector shows; their tab shows all. */
const HEAD_ATTEMPTS = 3;

/** The attempts at a step, the newest first. A row shows what its attempt printed and gave. */
export function AttemptsTable(props: {
  readonly rows: readonly AttemptRow[];
  readonly selected: number | undefined;
  /** What any attempt of the run has reported: the rest has no column. */
  readonly known: { readonly usd: boolean; readonly tokens: boolean };
  readonly isShort?: boolean;
}): VNode | null {
  const { rows, selected, known, isShort = false } = props;
  if (rows.length === 0) return null;
  const { tokens: hasTokens, usd: hasCost } = known;
  const shown = isShort ? headRows(rows, selected) : rows;
  return (
    <table class="att" aria-label="Attempts">
      <thead>
        <tr>
          <th scope="col">Attempt</th>
          <th scope="col">Started</th>
          <th scope="col" class="num">
            Ran
          </th>
          {hasTokens && (
            <th scope="col" class="num hide-mid">
              Tokens
            </th>
          )}
          {hasCost && (
            <th scope="col" class="num">
              Cost
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <Row
            key={row.number}
            {...{ row, hasTokens, hasCost, isShort }}
            isSelected={row.number === selected}
          />
        ))}
      </tbody>
      {shown.length < rows.length && (
        <tfoot>
          <tr>
            <td colSpan={5}>
              <button
                type="button"
                class="row-link dim"
                onClick={() => changeQuery({ tab: "attempts" })}
              >
                {`${rows.length - shown.length} more attempts`}
              </button>
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function Row(props: {
  readonly row: AttemptRow;
  readonly isSelected: boolean;
  readonly hasTokens: boolean;
  readonly hasCost: boolean;
  readonly isShort: boolean;
}): VNode {
  const { row, isSelected, hasTokens, hasCost, isShort } = props;
  const { number, status, started, ran, tokens, cost, error } = row;
  const line = (
    <tr class={isSelected ? "sel" : ""} aria-current={isSelected}>
      <td>
        <button
          type="button"
          class="row-link"
          onClick={() => changeQuery({ attempt: String(number), line: undefined })}
        >
          <Status status={status} word={`${number} ${status}`} />
        </button>
      </td>
      <td>{started}</td>
      <td class="num">{ran}</td>
      {hasTokens && <td class="num hide-mid">{tokens}</td>}
      {hasCost && <td class="num">{cost}</td>}
    </tr>
  );
  if (isShort || error === undefined) return line;
  return (
    <>
      {line}
      <tr>
        <td class="att-error" colSpan={3 + Number(hasTokens) + Number(hasCost)}>
          {error}
        </td>
      </tr>
    </>
  );
}

/** The newest attempts; the selected one is among them. */
function headRows(rows: readonly AttemptRow[], selected: number | undefined) {
  const first = rows.slice(0, HEAD_ATTEMPTS);
  const chosen = rows.find(({ number }) => number === selected);
  if (chosen === undefined || first.includes(chosen)) return first;
  return [...first.slice(0, HEAD_ATTEMPTS - 1), chosen];
}
