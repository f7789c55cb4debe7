import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useKeys } from "../shell/keys.js";
import { changeQuery, navigate, query } from "../shell/location.js";

/** The run that the keys act on: the one whose link had the focus last. */
export const selectedRun = signal<string | undefined>(undefined);

/** A browser refuses to change the address many times a second, in ms. */
const ADDRESS_MS = 400;

/** The id of the link of a row. */
export function linkId(runId: string): string {
  return `run-${runId}`;
}

/** The run below or above another one; the first or the last one if there is no other. */
export function neighbour(
  runIds: readonly string[],
  from: string | undefined,
  step: 1 | -1,
): string | undefined {
  const at = from === undefined ? -1 : runIds.indexOf(from);
  if (at === -1) return step === 1 ? runIds[0] : runIds.at(-1);
  return runIds[Math.min(Math.max(at + step, 0), runIds.length - 1)];
}

/** Binds the keys of the table, and keeps the selected run in the address. */
export function useRowKeys(runIds: readonly string[]): void {
  const move = (step: 1 | -1): void => {
    const next = neighbour(runIds, selectedRun.peek(), step);
    if (next !== undefined) document.getElementById(linkId(next))?.focus();
  };
  useKeys([
    { keys: "j", label: "Next run", run: () => move(1) },
    { keys: "k", label: "Previous run", run: () => move(-1) },
    {
      keys: "Enter",
      label: "Open the run",
      run: () => {
        const id = selectedRun.peek();
        if (id !== undefined && runIds.includes(id)) navigate(`/runs/${encodeURIComponent(id)}`);
      },
    },
  ]);
  useEffect(() => {
    selectedRun.value = query.peek().get("run") ?? undefined;
  }, []);
  useEffect(() => {
    const selected = selectedRun.value;
    if (selected === undefined || selected === query.peek().get("run")) return;
    const timer = setTimeout(() => changeQuery({ run: selected }), ADDRESS_MS);
    return () => clearTimeout(timer);
  }, [selectedRun.value]);
}
