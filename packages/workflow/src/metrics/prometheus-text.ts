import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import type { RunTotals, StoragePort } from "../storage/StoragePort.js";
import { storagePort } from "../storage/storage-check.js";
import { DURATION_BOUNDS_MS } from "../storage/telemetry-rows.js";
import { OpenQuestions } from "./OpenQuestions.js";

/** How many workflows have figures of their own: those with the most runs. */
const MAX_WORKFLOWS = 100;

/** Stands for all other workflows. */
const OTHER = "_other";

const ENDED = ["cancelled", "completed", "failed"] as const;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [suffix: string, labels: Labels, value: number];

/** How many runs of a workflow have a status. */
type Counted = Pick<RunTotals, "workflowId" | "status" | "runs">;

const questionsOf = new WeakMap<StoragePort, OpenQuestions>();

/**
 * Returns the figures of a database in the text format of Prometheus: runs by workflow and status,
 * how long they took, their attempts, tokens and cost, open questions, and the size of the file.
 *
 * All figures are of the runs that are in the database, so they fall when runs are removed. The
 * first call for a storage reads the journals of the runs that have not ended; later calls read
 * only what is new.
 *
 * @throws WorkflowError `database_*` if the database cannot be read
 */
export function prometheusText(storage: StoragePort): string {
  storagePort(storage, "The storage");
  const totals = storage.runTotals?.();
  const questions = questionsOf.get(storage) ?? new OpenQuestions(storage);
  questionsOf.set(storage, questions);
  const { fileBytes, usedBytes } = storage.size();
  return [
    ...(totals === undefined
      ? [runsFamily(statusOnly(storage))]
      : runFamilies(withKnownNames(totals))),
    family(
      "automatosx_open_questions",
      "gauge",
      "Answers, signals and outcomes that runs wait for.",
      Object.entries(questions.count()).map(([kind, count]) => ["", { kind }, count]),
    ),
    family("automatosx_database_bytes", "gauge", "The size of the database file.", [
      ["", { part: "file" }, fileBytes],
      ["", { part: "used" }, usedBytes],
    ]),
  ].join("");
}

function runsFamily(totals: readonly Counted[]): string {
  return family(
    "automatosx_runs",
    "gauge",
    "Runs in the database, without those that steps of other runs started.",
    sumBy(
      totals,
      ({ workflowId, status }) => ({ workflow: workflowId, status }),
      ({ runs }) => runs,
    ),
  );
}

function runFamilies(totals: readonly RunTotals[]): string[] {
  const sum = (value: (group: RunTotals) => number): Sample[] =>
    sumBy(totals, ({ workflowId }) => ({ workflow: workflowId }), value);
  return [
    runsFamily(totals),
    family(
      "automatosx_runs_waiting",
      "gauge",
      "Paused runs that wait for an answer, a signal or an instant.",
      sum(({ waiting }) => waiting),
    ),
    family(
      "automatosx_run_duration_seconds",
      "histogram",
      "How long the ended runs in the database took, pauses included.",
      durations(totals),
    ),
    family(
      "automatosx_run_attempts",
      "gauge",
      "Attempts of the runs in the database, as of when each run last came to rest.",
      sum(({ used }) => used.attempts),
    ),
    family(
      "automatosx_run_tokens",
      "gauge",
      "Tokens that these attempts have read and written, as far as their agents say.",
      known(sum(({ used }) => used.tokens)),
    ),
    family(
      "automatosx_run_cost_usd",
      "gauge",
      "What these attempts have cost in US dollars, as far as their agents say.",
      known(sum(({ used }) => used.usd)),
    ),
  ];
}

/** Leaves out what no agent has reported. */
function known(samples: readonly Sample[]): Sample[] {
  return samples.filter(([, , value]) => value > 0);
}

function durations(totals: readonly RunTotals[]): Sample[] {
  return ENDED.flatMap((status) => {
    const groups = totals.filter((group) => group.status === status);
    if (groups.length === 0) return [];
    const buckets = DURATION_BOUNDS_MS.map(
      (bound, index): Sample => [
        "_bucket",
        { status, le: String(bound / 1000) },
        total(groups, ({ runsUpTo }) => runsUpTo[index] ?? 0),
      ],
    );
    const count = total(groups, ({ runs }) => runs);
    return [
      ...buckets,
      ["_bucket", { status, le: "+Inf" }, count],
      ["_sum", { status }, total(groups, ({ durationMs }) => durationMs) / 1000],
      ["_count", { status }, count],
    ];
  });
}

/** A storage without totals knows at least how many runs have each status. */
function statusOnly(storage: StoragePort): readonly Counted[] {
  const [all, children] = [storage.countRuns(), storage.countChildRuns()];
  return RUN_STATUSES.map((status) => ({
    ...{ workflowId: OTHER, status },
    runs: all[status] - children[status],
  }));
}

/** Replaces the names of all workflows but those with the most runs. */
function withKnownNames(totals: readonly RunTotals[]): readonly RunTotals[] {
  const runs = new Map<string, number>();
  for (const group of totals)
    runs.set(group.workflowId, (runs.get(group.workflowId) ?? 0) + group.runs);
  if (runs.size <= MAX_WORKFLOWS) return totals;
  const largest = [...runs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const known = new Set(largest.slice(0, MAX_WORKFLOWS).map(([name]) => name));
  return totals.map((group) =>
    known.has(group.workflowId) ? group : { ...group, workflowId: OTHER },
  );
}

function sumBy<Group>(
  totals: readonly Group[],
  labelsOf: (group: Group) => Labels,
  value: (group: Group) => number,
): Sample[] {
  const sums = new Map<string, Sample>();
  for (const group of totals) {
    const labels = labelsOf(group);
    const key = JSON.stringify(labels);
    sums.set(key, ["", labels, (sums.get(key)?.[2] ?? 0) + value(group)]);
  }
  return [...sums.values()];
}

function total(groups: readonly RunTotals[], value: (group: RunTotals) => number): number {
  return groups.reduce((sum, group) => sum + value(group), 0);
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, labels, value]) => {
    const given = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${suffix}{${given.join(",")}} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
