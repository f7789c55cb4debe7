import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Budget } from "@automatosx/rescript-core";
import { parse } from "yaml";
import {
  type InterpretedWorkflow,
  Interpreter,
  type Refusal,
  type RunEnd,
} from "../../src/language/index.js";
import { SeededRandom } from "../../src/SeededRandom.js";
import { type Behaviour, Performers } from "./behaviours.js";
import { readWritten } from "./normal-form.js";
import { durationMs, textOf } from "./written-values.js";

type Values = Readonly<Record<string, unknown>>;

/** A case of `index.json`, as far as it is played here. */
export interface Case {
  readonly id: string;
  readonly file: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly inputs?: Values;
  readonly context?: Values;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly agents?: Readonly<Record<string, Behaviour>>;
  readonly do?: readonly (Values & { readonly expect?: Values })[];
  readonly expect?: Values;
  readonly invalid?: unknown;
}

/** What came of a case, under the keys of its expectation. */
interface Played {
  readonly interpreter: Interpreter;
  readonly end: RunEnd | undefined;
}

/** An action that this player does not know: the case needs a construct that is not played. */
export class UnknownAction extends Error {
  override readonly name = "UnknownAction";
}

/** Plays a case with the order that a seed gives; returns what differs from its expectation. */
export function playCase(folder: string, { file, files = {}, ...rest }: Case, seed: number) {
  const written = parse(readFileSync(join(folder, file), "utf8")) as Values;
  const workflow = readWritten(written, (path) =>
    readFileSync(join(folder, files[path] ?? path), "utf8"),
  );
  const runFolder = mkdtempSync(join(tmpdir(), "axw-case-"));
  const random = new SeededRandom(seed);
  const defaults = Object.entries((written["inputs"] ?? {}) as Values).flatMap(([name, input]) => {
    const value = (input as Values | null)?.["default"];
    return value === undefined ? [] : [[name, value] as const];
  });
  try {
    const performers = new Performers({
      agents: rest.agents ?? {},
      folder: runFolder,
      timeoutOf: (path) => interpreter.at(path)?.def.timeout ?? 0,
      secrets: Object.values(rest.secrets ?? {}),
    });
    const interpreter: Interpreter = new Interpreter(workflow, {
      launch: (request) => performers.launch(request),
      inputs: { ...Object.fromEntries(defaults), ...rest.inputs },
      context: { ...((written["context"] ?? {}) as Values), ...rest.context },
      roots: {
        run: { id: "run", dir: runFolder },
        ...(rest.secrets !== undefined && { secrets: rest.secrets }),
      },
      chance: () => random.next(),
    });
    const read = (name: string) => {
      const other = parse(readFileSync(join(folder, name), "utf8")) as Values;
      return readWritten(other, (path) => readFileSync(join(folder, files[path] ?? path), "utf8"));
    };
    return act(interpreter, rest, () => performers.restoreFiles(), read);
  } finally {
    rmSync(runFolder, { recursive: true });
  }
}

/** A scenario of a translated workflow, as far as it is played here. */
export interface Scenario {
  readonly workflow: string;
  readonly inputs?: Values;
  readonly agents: Readonly<Record<string, Behaviour>>;
  readonly answers?: readonly unknown[];
  readonly expect: Values;
}

/** Plays a scenario as a case: all its steps are named, and its order is about ends and starts. */
export function playScenario(folder: string, scenario: Scenario, seed: number): string[] {
  const { workflow, inputs, agents, expect, answers = [] } = scenario;
  const { order = [], steps, sessions: _, ...rest } = expect;
  const actions = answers.flatMap((answer) => [{ run: true }, { answer }]);
  const pairs = order as readonly (readonly [string, string])[];
  return playCase(
    folder,
    {
      id: workflow,
      file: workflow,
      agents,
      do: [...actions, { run: true }],
      ...(inputs !== undefined && { inputs }),
      expect: { ...rest, steps, ends: pairs, leaves: Object.keys(steps as Values) },
    },
    seed,
  );
}

const ACTIONS = new Set([
  "run",
  "resume",
  "crashWhen",
  "pauseWhen",
  "cancelWhen",
  "attempt",
  "answer",
  "signal",
  "advance",
  "cancel",
  "budget",
  "unmetered",
  "refused",
  "expect",
  "edit",
  "reopen",
  "amend",
]);

function act(
  interpreter: Interpreter,
  { do: actions = [{ run: true }], expect = {} }: Omit<Case, "id" | "file">,
  restoreFiles: () => void,
  read: (file: string) => InterpretedWorkflow,
): string[] {
  let end: RunEnd | undefined;
  const differences: string[] = [];
  for (const action of actions) {
    const unknown = Object.keys(action).find((key) => !ACTIONS.has(key));
    if (unknown !== undefined) throw new UnknownAction(unknown);
    // A failed run that is resumed tries again what has made it fail.
    if ("resume" in action && end?.status === "failed") interpreter.reopen([]);
    if ("amend" in action || "edit" in action || "reopen" in action) end = undefined;
    const refusal = tell(interpreter, action) ?? goBack(interpreter, action, read);
    if (refusal !== action["refused"])
      differences.push(`${JSON.stringify(action)}: ${refusal ?? "is accepted"}`);
    if ("run" in action || "resume" in action || "cancel" in action)
      end = runUntil(interpreter, action, restoreFiles);
    differences.push(...differencesOf({ interpreter, end }, action.expect ?? {}));
  }
  return [...differences, ...differencesOf({ interpreter, end }, expect)];
}

/** Tells the run what an action brings from outside; gives why it is refused. */
function tell(interpreter: Interpreter, action: Values): Refusal | undefined {
  const { answer, signal, advance, cancel, budget, unmetered } = action;
  if (answer !== undefined) {
    const { step, attempt, approved = true, values = {}, note, edits } = answer as Values;
    const told = { approved: approved === true, values: values as Values };
    const noted = note === undefined ? told : { ...told, note: textOf(note) };
    if (edits !== undefined) return interpreter.approveEdited(textOf(step), noted, edits);
    return interpreter.answer(textOf(step), attempt as number | undefined, noted);
  }
  if (signal !== undefined) {
    const { name, data = null, id } = signal as Values;
    return interpreter.signal(textOf(name), data, id as string | undefined);
  }
  if (advance !== undefined) interpreter.pass(durationMs(advance));
  if (cancel !== undefined) interpreter.cancel();
  if (budget !== undefined) interpreter.changeBudget(budget as Budget);
  if (unmetered !== undefined) interpreter.changeBudget({ unmetered: unmetered as "allow" });
  return undefined;
}

/** Has the run go back; gives why it refuses. */
function goBack(
  interpreter: Interpreter,
  { edit, reopen, amend }: Values,
  read: (file: string) => InterpretedWorkflow,
): Refusal | undefined {
  if (edit !== undefined) {
    const { step, result, attempt } = edit as Values;
    return interpreter.edit(textOf(step), result, attempt as number | undefined);
  }
  if (reopen !== undefined) {
    const { steps, downstream } = reopen as Values;
    return interpreter.reopen(steps as string[], downstream === true);
  }
  return amend === undefined ? undefined : interpreter.amend(read(textOf(amend)));
}

function runUntil(
  interpreter: Interpreter,
  { crashWhen, pauseWhen, cancelWhen, attempt }: Values,
  restoreFiles: () => void,
): RunEnd | undefined {
  const awaited = crashWhen ?? pauseWhen ?? cancelWhen;
  const isThere = (): boolean =>
    interpreter.launches.inFlight.some(
      ({ path, attemptNumber }) =>
        path === awaited && (attempt === undefined || attemptNumber === attempt),
    );
  const end = interpreter.run(awaited === undefined ? undefined : isThere);
  if (end !== undefined || interpreter.pausedFor !== undefined) return end;
  if (cancelWhen !== undefined) {
    interpreter.cancel();
    return interpreter.run();
  }
  if (pauseWhen !== undefined) interpreter.pause();
  else {
    interpreter.launches.interrupt();
    restoreFiles();
  }
  return undefined;
}

/** Reads what a key of an expectation is about. */
const observed: Readonly<Record<string, (played: Played, wanted: Values) => unknown>> = {
  status: ({ end, interpreter }) =>
    end?.status ?? (interpreter.pausedFor === undefined ? undefined : "paused"),
  pausedFor: ({ interpreter }) => interpreter.pausedFor,
  reason: ({ end }) => end?.reason,
  waitsFor: ({ interpreter }) => interpreter.waitsFor.map(({ path }) => path).toSorted(),
  budget: ({ interpreter }, wanted) =>
    Object.fromEntries(
      Object.keys(wanted).map((key) => [key, (interpreter.budget as unknown as Values)[key]]),
    ),
  outputs: ({ end }) => end?.outputs,
  steps: (played, wanted) => picked(played, wanted, ({ status }) => status),
  results: (played, wanted) => picked(played, wanted, ({ result }) => result),
  attempts: (played, wanted) => picked(played, wanted, ({ attemptNumber }) => attemptNumber),
  launches: ({ interpreter }) => Object.fromEntries(interpreter.launches.countOf),
  mostAtOnce: ({ interpreter }, wanted) =>
    Object.fromEntries(
      Object.keys(wanted).map((agent) => [agent, interpreter.launches.mostAtOnce.get(agent)]),
    ),
  tasks: ({ interpreter }, wanted) =>
    Object.fromEntries(
      Object.keys(wanted).map((path) => [path, interpreter.launches.tasks.get(path)]),
    ),
  onlySteps: ({ interpreter }) =>
    interpreter.instances.flatMap(({ path, role }) => (role === "attached" ? [] : [path])),
};

function picked(
  { interpreter }: Played,
  wanted: Values,
  pick: (instance: NonNullable<ReturnType<Interpreter["at"]>>) => unknown,
): unknown {
  return Object.fromEntries(
    Object.keys(wanted).map((path) => {
      const instance = interpreter.at(path);
      return [path, instance === undefined ? "there is no such step" : pick(instance)];
    }),
  );
}

function differencesOf(played: Played, expected: Values): string[] {
  return Object.entries(expected).flatMap(([key, wanted]) => {
    const problem = differenceOf(played, key, wanted);
    return problem === undefined ? [] : [`${key}: ${problem}`];
  });
}

function differenceOf(played: Played, key: string, wanted: unknown): string | undefined {
  const { interpreter, end } = played;
  const { launches } = interpreter;
  switch (key) {
    case "order": {
      const at = (event: string): number =>
        launches.log.indexOf(event) === -1 ? Number.NaN : launches.log.indexOf(event);
      const wrong = (wanted as readonly (readonly [string, string])[]).filter(
        ([first, second]) => !(at(first) < at(second)),
      );
      return wrong.length > 0 ? JSON.stringify(wrong) : undefined;
    }
    case "ends": {
      const { log } = launches;
      const endOf = (path: string): number =>
        log.findIndex((event) => event === `${path} completed` || event === `${path} failed`);
      // A gate, a wait or a stop has no start of its own.
      const startOf = (path: string): number => {
        const at = log.indexOf(`${path} started`);
        return at === -1 ? endOf(path) : at;
      };
      const wrong = (wanted as readonly (readonly [string, string])[]).filter(
        ([before, after]) => !(endOf(before) < startOf(after)),
      );
      return wrong.length > 0 ? JSON.stringify(wrong) : undefined;
    }
    case "elapsed": {
      const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
      const [, amount, unit] = /^(\d+)(ms|[smh])$/.exec(String(wanted)) ?? [];
      const ms = Number(amount) * units[unit as keyof typeof units];
      return launches.now === ms ? undefined : `${launches.now} ms, not ${String(wanted)}`;
    }
    case "error": {
      const { code, contains = "" } = wanted as { code?: string; contains?: string };
      const isRight =
        (code === undefined || end?.error?.code === code) &&
        end?.error?.message.includes(contains) === true;
      return isRight ? undefined : JSON.stringify(end?.error);
    }
    case "stepErrors":
      return stepErrorDifference(interpreter, wanted as Readonly<Record<string, Values>>);
    case "files":
      return undefined;
    case "waitsFor": {
      const [a, b] = [observed[key]?.(played, {}), (wanted as string[]).toSorted()].map(canonical);
      return a === b ? undefined : `${a}, not ${b}`;
    }
    case "leaves": {
      // The group that holds the steps of one item or round need not be named.
      const named = new Set(wanted as readonly string[]);
      const paths = interpreter.instances
        .filter(({ role }) => role !== "attached")
        .filter(({ path, role, form }) => named.has(path) || role === "step" || form === "leaf")
        .map(({ path }) => path);
      const [a, b] = [paths.toSorted().join(" "), [...named].toSorted().join(" ")];
      return a === b ? undefined : `${a}, not ${b}`;
    }
    case "onlySteps": {
      const [a, b] = [observed[key]?.(played, {}), wanted].map((paths) =>
        (paths as readonly string[]).toSorted().join(" "),
      );
      return a === b ? undefined : `${a}, not ${b}`;
    }
    default: {
      const actual = observed[key]?.(played, wanted as Values);
      const [a, b] = [canonical(actual), canonical(wanted)];
      return a === b ? undefined : `${a}, not ${b}`;
    }
  }
}

function stepErrorDifference(
  interpreter: Interpreter,
  wanted: Readonly<Record<string, Values>>,
): string | undefined {
  for (const [path, { reason, contains = "" }] of Object.entries(wanted)) {
    const step = interpreter.at(path);
    const isRight =
      (reason === undefined || step?.reason === reason) &&
      step?.error?.includes(String(contains)) === true;
    if (!isRight) return `${path}: ${step?.reason}: ${step?.error}`;
  }
  return undefined;
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
