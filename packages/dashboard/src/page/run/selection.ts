import { computed } from "@preact/signals";
import { changeQuery, query } from "../shell/location.js";
import type { RowFilter } from "./steps/step-rows.js";

/** The path of the selected step. */
export const selectedStep = computed(() => query.value.get("step") ?? undefined);

/** The event that is looked back at, from 1. */
export const shownEvent = computed(() => {
  const at = Number(query.value.get("at") ?? Number.NaN);
  return Number.isInteger(at) && at > 0 ? at : undefined;
});

/** Which rows the list of steps shows. */
export const rowFilter = computed((): RowFilter => {
  const show = query.value.get("show");
  return show === "open" || show === "failed" ? show : "all";
});

/** What narrow screens show of the left side. */
export const leftPane = computed(() => (query.value.get("pane") === "graph" ? "graph" : "steps"));

/** Selects a step; what was selected inside the earlier one is left out of the address. */
export function select(path: string): void {
  if (selectedStep.peek() === path) return;
  changeQuery({ step: path, attempt: undefined, line: undefined });
}

/** Shows the run as it was after an event; `undefined` shows the present. */
export function lookAt(seq: number | undefined): void {
  changeQuery({ at: seq === undefined ? undefined : String(seq) });
}
