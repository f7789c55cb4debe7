import type { DefinitionFix, TextEdit } from "@automatosx/schemas";
import { PERCENT_PATTERN } from "@automatosx/schemas/written";
import {
  type IssueKind,
  KEY_ISSUES,
  type Path,
  quoted,
  renameKey,
  replaceValue,
} from "@automatosx/source";
import { type CheckPlace, editPlaceOf } from "./check-place.js";
import { STEP_ISSUES } from "./step-issue-kinds.js";
import { entriesOf, ownValue } from "./steps/own-value.js";
import { writtenLeaves } from "./steps/written-leaves.js";

/** A value that does not have the form of its key, and what is meant, if that is certain. */
interface Misuse {
  readonly path: Path;
  readonly kind: IssueKind;
  readonly message: string;
  readonly remedy: string;
  /** What to write instead of the value, if that is certain. */
  readonly meant?: unknown;
  /** What to write in place of its key, if the key is wrong and the meaning is certain. */
  readonly meantKey?: string;
  /** Whether the key is wrong. */
  readonly isAtKey?: boolean;
}

/**
 * Reports values that are written in the form of other systems, with a fix. Runs before the schema
 * check, whose messages are less specific.
 */
export function addMisuse(value: unknown, place: CheckPlace): void {
  const { issues, tree } = place;
  for (const misuse of misuses(value)) {
    const { path, kind, message, remedy, meantKey } = misuse;
    if (issues.isFull || issues.isWrong(path)) continue;
    const isAtKey = meantKey !== undefined || misuse.isAtKey === true;
    const span = tree.locate(path, isAtKey ? "key" : "value");
    issues.add(kind, path, span, message, remedy, fixOf(misuse, place));
    issues.markWrong(path);
  }
}

function fixOf(
  { path, remedy, meant, meantKey }: Misuse,
  place: CheckPlace,
): DefinitionFix | undefined {
  const edits: TextEdit[] = [];
  if (meantKey !== undefined) edits.push(renameKey(editPlaceOf(place), path, meantKey));
  if (meant !== undefined) {
    const edit = replaceValue(editPlaceOf(place), path, meant);
    if (edit === undefined) return undefined;
    edits.push(edit);
  }
  return edits.length === 0 ? undefined : { title: remedy, safe: true, edits };
}

function* misuses(value: unknown): Generator<Misuse, void, undefined> {
  yield* handlerMisuse(ownValue(value, "on"));
  if (ownValue(value, "on") === undefined) yield* finallyMisuse(ownValue(value, "finally"));
  yield* amountMisuse(ownValue(value, "budget"), ["budget"]);
  yield* percentMisuse(ownValue(ownValue(value, "budget"), "at"));
  for (const [id, limit] of entriesOf(ownValue(ownValue(value, "limits"), "agents"))) {
    yield* amountMisuse(ownValue(limit, "reserve"), ["limits", "agents", id, "reserve"]);
    yield* rateMisuse(ownValue(limit, "rate"), ["limits", "agents", id, "rate"]);
  }
  for (const { written, path } of writtenLeaves(value)) yield* stepMisuse(written, path);
}

/** A handler where a list of handlers is expected. */
function* handlerMisuse(on: unknown): Generator<Misuse, void, undefined> {
  for (const [phase, handlers] of entriesOf(on)) {
    if (phase !== "failure" && phase !== "always") continue;
    if (!isMap(handlers)) continue;
    yield {
      path: ["on", phase],
      kind: KEY_ISSUES.wrongType,
      message: "expected a list, found a map",
      remedy: "write `[` and `]` around it: a list of steps",
      meant: [handlers],
    };
  }
}

/** `finally`, the name in other languages for handlers that run in every case. */
function* finallyMisuse(handlers: unknown): Generator<Misuse, void, undefined> {
  if (handlers === undefined) return;
  yield {
    path: ["finally"],
    kind: KEY_ISSUES.unknownKey,
    message: "unknown key `finally`",
    remedy: "write `on: { always: [ … ] }`",
    meantKey: "on",
    meant: { always: Array.isArray(handlers) ? (handlers as readonly unknown[]) : [handlers] },
  };
}

/** `80` instead of `80%`, and a value that is not a percentage at all. */
function* percentMisuse(at: unknown): Generator<Misuse, void, undefined> {
  for (const [percent] of entriesOf(at)) {
    if (PERCENT_PATTERN.test(percent)) continue;
    const isNumber = PERCENT_PATTERN.test(`${percent}%`);
    yield {
      path: ["budget", "at", percent],
      kind: KEY_ISSUES.badIdentifier,
      message: `${quoted(percent)} is not a percentage from 1% to 100%`,
      remedy: `write \`${isNumber ? percent : "80"}%\``,
      isAtKey: true,
      ...(isNumber && { meantKey: `${percent}%` }),
    };
  }
}

/** A number of starts without a period. */
function* rateMisuse(rate: unknown, path: Path): Generator<Misuse, void, undefined> {
  if (typeof rate !== "number") return;
  yield {
    path,
    kind: STEP_ISSUES.badRate,
    message: `the number \`${rate}\` is not a rate: it has no period`,
    remedy: `write \`${rate}/min\` or \`${rate}/h\``,
  };
}

/** `$8` and `2_000_000`, which YAML reads as texts. */
function* amountMisuse(amounts: unknown, path: Path): Generator<Misuse, void, undefined> {
  for (const [key, amount] of entriesOf(amounts)) {
    if (key !== "usd" && key !== "tokens" && key !== "launches") continue;
    if (typeof amount !== "string") continue;
    const plain = amount
      .trim()
      .replace(/^\$\s*/, "")
      .replace(/\s*usd$/i, "")
      .replaceAll("_", "");
    if (!/^\d{1,15}(?:\.\d{1,6})?$/.test(plain)) continue;
    yield {
      path: [...path, key],
      kind: KEY_ISSUES.wrongType,
      message: `expected a number, found ${quoted(amount)}`,
      remedy: `write \`${plain}\``,
      meant: Number(plain),
    };
  }
}

/** The path of a workflow file, and not the id of an agent. */
const WORKFLOW_FILE = /\.(?:ya?ml|json)$/i;

const GATE_FORM = "write a map with the question: `{ ask: … }`";

function* stepMisuse(written: unknown, path: Path): Generator<Misuse, void, undefined> {
  const kind = KEY_ISSUES.wrongType;
  for (const [key, value] of entriesOf(written)) {
    const at = [...path, key];
    if (key === "gate" && typeof value === "string" && value !== "")
      yield {
        path: at,
        kind,
        message: "expected a map, found text",
        remedy: GATE_FORM,
        meant: { ask: value },
      };
    else if (key === "gate" && typeof value === "boolean")
      yield { path: at, kind, message: `expected a map, found \`${value}\``, remedy: GATE_FORM };
    else if (key === "stop" && !isMap(value)) yield stopMisuse(value, at);
    else if (key === "session" && !isMap(value)) yield sessionMisuse(value, written, at);
    else if (key === "fallback" && typeof value === "string" && value !== "")
      yield {
        path: at,
        kind,
        message: "expected a list of agents, found text",
        remedy: `write \`[${value}]\``,
        meant: [value],
      };
    else if (key === "check") yield* checkMisuse(value, at);
    else if (key === "effect" && value === "workspace")
      yield {
        path: at,
        kind: STEP_ISSUES.notInThisVersion,
        message: "`workspace` is not in this version of the language",
        remedy: "write `external` if it must not be done twice, or remove it",
      };
    else if ((key === "sleep" || key === "delay") && typeof value === "string")
      yield {
        path: at,
        kind: KEY_ISSUES.unknownKey,
        message: `unknown key ${quoted(key)}`,
        remedy: "write `wait`",
        meantKey: "wait",
      };
    else if (key === "uses" && typeof value === "string" && WORKFLOW_FILE.test(value))
      yield {
        path: at,
        kind: KEY_ISSUES.unknownKey,
        message: `unknown key ${quoted(key)}`,
        remedy: "write `include`",
        meantKey: "include",
      };
    else if (key === "cancel" || key === "end") yield* endMisuse(key, value, at);
    else if (key === "reserve" && !isMap(value))
      yield {
        path: at,
        kind,
        message: "expected a map of amounts",
        remedy: "write `{ usd: … }` or `{ tokens: … }`",
      };
    else if (key === "reserve") yield* amountMisuse(value, at);
  }
}

/** `cancel: REASON` and `end: true` on a step. */
function* endMisuse(key: string, value: unknown, path: Path): Generator<Misuse, void, undefined> {
  if (typeof value !== "string" && value !== true) return;
  const as = key === "cancel" ? "cancelled" : "completed";
  yield {
    path,
    kind: KEY_ISSUES.unknownKey,
    message: `unknown key ${quoted(key)}`,
    remedy: `write \`stop: { as: ${as} }\``,
    meantKey: "stop",
    meant: { as, ...(typeof value === "string" && value !== "" && { reason: value }) },
  };
}

const ENDINGS: ReadonlySet<unknown> = new Set(["completed", "failed", "cancelled"]);

function stopMisuse(value: unknown, path: Path): Misuse {
  const isEnding = ENDINGS.has(value);
  const remedy = isEnding
    ? `write \`{ as: ${String(value)} }\``
    : "write how the run ends: `{ as: completed }`, `{ as: failed }` or `{ as: cancelled }`";
  const message = `expected a map with \`as\`, found ${quoted(JSON.stringify(value))}`;
  return {
    path,
    kind: KEY_ISSUES.wrongType,
    message,
    remedy,
    ...(isEnding && { meant: { as: value } }),
  };
}

/** `session: draft`, and `session: true` for the step itself in a loop of its own. */
function sessionMisuse(value: unknown, step: unknown, path: Path): Misuse {
  const id = ownValue(step, "id");
  const isOwn = value === true && ownValue(step, "loop") !== undefined;
  const from = isOwn && typeof id === "string" ? id : value;
  const message = `expected a map with \`from\`, found ${quoted(JSON.stringify(value))}`;
  const kind = KEY_ISSUES.wrongType;
  if (typeof from !== "string" || from === "")
    return {
      path,
      kind,
      message,
      remedy:
        value === false
          ? "remove it: every step starts a new conversation unless it has a `session`"
          : "name the step whose conversation it continues: `{ from: ID }`",
    };
  return { path, kind, message, remedy: `write \`{ from: ${from} }\``, meant: { from } };
}

/** A bare condition where a check is expected. */
function* checkMisuse(value: unknown, path: Path): Generator<Misuse, void, undefined> {
  if (Array.isArray(value))
    for (const [index, each] of value.entries()) yield* checkMisuse(each, [...path, index]);
  else if (typeof value === "string" && value !== "")
    yield {
      path,
      kind: KEY_ISSUES.wrongType,
      message: "expected a check, found text",
      remedy: "write the condition as `{ that: … }`",
      meant: { that: value },
    };
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
