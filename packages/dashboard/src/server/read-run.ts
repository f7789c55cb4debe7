import type { JournalEntry } from "@automatosx/schemas";
import { placeInDefinition } from "@automatosx/workflow";
import { WorkflowError } from "@automatosx/workflow/errors";
import { findRun, Machine, type StoredRun } from "@automatosx/workflow/observe";
import type { RunView, StepSnapshot } from "@automatosx/workflow/run-view";
import type { Run, RunActions, WireEntry } from "../api/run.schema.js";
import type { KnownDefinition } from "./Definitions.js";
import type { Reading } from "./Reading.js";
import type { RunWire } from "./RunWire.js";
import { apiErrorOf } from "./refuse.js";
import { actionsOf } from "./run-actions.js";

/** How many entries one answer contains at most. */
const MAX_ENTRIES = 1000;

/** How long they are at most, in characters. */
const MAX_LENGTH = 8_000_000;

/** Entries for the wire, as far as the journal could be read. */
export interface ReadEntries {
  readonly entries: readonly WireEntry[];
  /** True if there are more. */
  readonly isCut: boolean;
  /** Why the next one could not be read. */
  readonly damage?: WorkflowError;
}

const CUT: ReadEntries = { entries: [], isCut: true };

/** Returns the data from which a page folds a run. */
export function readRun(reading: Reading, part: string): Run {
  const { storage, rows } = reading;
  const run = findRun(storage, part);
  const wire = reading.wire(run);
  const { entryCount = MAX_ENTRIES } = reading.options.limits ?? {};
  // A journal that is known to be long is not read twice.
  const whole =
    run.journalSeq > entryCount
      ? CUT
      : readEntries(storage.readJournal(run.runId), wire, entryCount);
  const shortened = whole.isCut ? shorten(reading, run, wire) : undefined;
  const { entries, damage } = shortened ?? whole;
  const { snapshot } = shortened ?? {};
  const row = damage === undefined ? run : { ...run, damage: damage.message };
  return {
    now: reading.now(),
    row: rows.row(row),
    origin: originOf(run, reading.definitions.get(run.definitionHash)),
    hasStubs: wire.hasStubs,
    ...(damage !== undefined && { damage: apiErrorOf(damage) }),
    layout: reading.definitions.get(run.currentDefinitionHash ?? run.definitionHash).layout,
    actions: readActions(reading, row),
    head: snapshot?.seq ?? entries.at(-1)?.[0] ?? 0,
    entries: [...entries],
    ...(snapshot !== undefined && { snapshot }),
    children: storage.listChildRuns(run.runId).map((child) => rows.row(child)),
  };
}

/**
 * Writes the answer as JSON. A large workflow has megabytes of definition and layout, which are
 * kept as text.
 */
export function writeRun({ storage, definitions }: Reading, answer: Run): string {
  const { origin, layout: _, ...rest } = answer;
  const { definition: __, ...given } = origin;
  const { definitionHash = "" } = storage.getRun(origin.runId) ?? {};
  const first = definitions.get(definitionHash).stored.definition;
  const { layoutText } = definitions.get(rest.row.definitionHash);
  return (
    `{"origin":${JSON.stringify(given).slice(0, -1)},"definition":${first}},` +
    `"layout":${layoutText},${JSON.stringify(rest).slice(1)}`
  );
}

/** Reads entries for the wire: at most `limit`, and at least one if there is one. */
export function readEntries(
  journal: Iterable<JournalEntry>,
  wire: RunWire,
  limit: number,
): ReadEntries {
  const entries: WireEntry[] = [];
  let length = 0;
  try {
    for (const entry of journal) {
      if (entries.length === limit || length > MAX_LENGTH) return { entries, isCut: true };
      const written = wire.entry(entry);
      length += written[5].length;
      entries.push(written);
    }
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "journal_damaged") throw error;
    return { entries, isCut: false, damage: error };
  }
  return { entries, isCut: false };
}

// The state after the last entry takes the place of most entries. A damaged journal has no such
// state, so it is cut at the last entry of one answer.
function shorten(
  reading: Reading,
  run: StoredRun,
  wire: RunWire,
): (Omit<ReadEntries, "isCut"> & Pick<Run, "snapshot">) | undefined {
  const { runId } = run;
  try {
    const { view, seq, at } = reading.readers.latest(runId);
    const { steps, results: _, ...rest } = Machine.snapshot(view.machine, undefined);
    const { answered } = reading.definitions.get(run.currentDefinitionHash ?? run.definitionHash);
    const sent = (step: StepSnapshot): StepSnapshot => {
      const { result, ...others } = step;
      // Answers, signals and the reasons of stops are whole in a fold, too.
      if (result === undefined || answered.has(placeInDefinition(step.id))) return step;
      // The core works the results of groups, which have no attempts, out from those of their
      // steps.
      return step.attemptNumber === 0
        ? others
        : { ...others, result: wire.result(step.id, result) };
    };
    const state = { ...rest, steps: steps.map(sent) };
    const entries: WireEntry[] = [];
    let hasGraph = false;
    for (const entry of reading.storage.readJournal(runId)) {
      if (entry.seq > seq || (hasGraph && wire.hasStubs)) break;
      if (!hasGraph || entry.type === "definition_changed") entries.push(wire.entry(entry));
      hasGraph ||= entry.type === "graph_built";
    }
    return { entries, snapshot: { seq, at, states: [state] } };
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "journal_damaged") throw error;
    const read = readEntries(reading.storage.readJournal(runId), wire, MAX_ENTRIES);
    return { entries: read.entries, damage: read.damage ?? error };
  }
}

function originOf(
  { runId, createdAt, inputs, context }: StoredRun,
  { definition }: KnownDefinition,
): Run["origin"] {
  return { runId, createdAt, inputs, context, definition, source: "" };
}

/** Returns what can be done with a run now. */
export function readActions({ storage, readers, options }: Reading, row: StoredRun): RunActions {
  const { control, isReadOnly = false } = options;
  const checkpointCount = storage.listCheckpoints(row.runId).length;
  return actionsOf({ row, view: viewOf(readers, row), checkpointCount, isReadOnly }, control);
}

function viewOf(readers: Reading["readers"], { runId }: StoredRun): RunView | undefined {
  try {
    return readers.latest(runId).view;
  } catch (error) {
    if (error instanceof WorkflowError && error.code === "journal_damaged") return undefined;
    throw error;
  }
}
