import type { z } from "zod";
import { fileProblem } from "./file-path.js";
import type { KeyIssue } from "./key-issue.js";
import { runIssues } from "./run-issues.js";
import { has, memberOf } from "./several-keys.js";
import { KIND_NOUNS, KINDS_OF_KEY, kindKeysOf, kindOf, type StepKind } from "./step-kind.js";
import { fallbackIssues, groupTimeoutIssues, waitIssues } from "./wait-issues.js";

type Path = readonly (string | number)[];

/**
 * A rule of Zod that adds what `find` yields for a value. It also runs on values that are wrong.
 */
export function ruleOf<Value>(find: (value: Value) => Iterable<KeyIssue>) {
  return (value: Value, context: z.core.$RefinementCtx<Value>): void => {
    for (const { rule, path, message, remedy } of find(value))
      context.addIssue({ code: "custom", message, path: [...path], params: { rule, remedy } });
  };
}

/** Yields the problems of a step as written, without those of its inner steps. */
export function* stepIssues(step: unknown): Generator<KeyIssue, void, undefined> {
  if (typeof step !== "object" || step === null || Array.isArray(step)) return;
  yield* kindIssues(step);
  yield* foreachIssues(step);
  yield* edgeIssues(step);
  yield* choiceIssues(memberOf(step, "agentId"));
  yield* runIssues(memberOf(step, "run"));
  yield* fileIssues(memberOf(step, "files"));
  yield* waitIssues(memberOf(step, "wait"));
  yield* fallbackIssues(step);
  yield* listIssues(step);
}

/** Yields the problems of a step that runs at the end of a run, as written. */
export function* handlerIssues(step: unknown): Generator<KeyIssue, void, undefined> {
  yield* stepIssues(step);
  if (has(step, "stop")) yield stopInHandler(["stop"]);
  yield* innerStops(memberOf(step, "steps"), ["steps"]);
}

function* innerStops(steps: unknown, path: Path): Generator<KeyIssue, void, undefined> {
  if (!Array.isArray(steps)) return;
  for (const [index, step] of steps.entries()) {
    if (has(step, "stop")) yield stopInHandler([...path, index, "stop"]);
    yield* innerStops(memberOf(step, "steps"), [...path, index, "steps"]);
  }
}

function stopInHandler(path: Path): KeyIssue {
  return { rule: "stop_in_handler", path, message: "cannot end a run that has already ended" };
}

/** Yields the problems of a check, or of a step that reconciles, as written. */
export function* attachedIssues(
  step: unknown,
  kind: "check" | "reconcile",
): Generator<KeyIssue, void, undefined> {
  if (typeof step !== "object" || step === null || Array.isArray(step)) return;
  const [first, second] = Object.keys(step).filter((key) => ATTACHED_KINDS.includes(key));
  if (second !== undefined)
    yield {
      rule: "two_kinds",
      path: [second],
      message: `cannot be combined with \`${first ?? ""}\``,
      remedy: kind === "check" ? "write two checks" : "keep one of the two",
    };
  else if (first === undefined) yield { rule: `no_${kind}`, path: [], message: "" };
  else yield* attachedKeyIssues(step, first);
  yield* choiceIssues(memberOf(step, "agentId"));
  yield* runIssues(memberOf(step, "run"));
  yield* fallbackIssues(step);
}

const ATTACHED_KINDS: readonly string[] = ["that", "run", "task"];
const KEYS_OF_CONDITION: ReadonlySet<string> = new Set(["that", "message"]);

function* attachedKeyIssues(step: object, kindKey: string): Generator<KeyIssue, void, undefined> {
  for (const key of Object.keys(step)) {
    if (kindKey === "that") {
      if (!KEYS_OF_CONDITION.has(key) && !key.startsWith("x-"))
        yield {
          rule: "key_of_other_kind",
          path: [key],
          message: "belongs to a check by an agent or a program, but this one has `that`",
        };
      continue;
    }
    if (key === "message")
      yield {
        rule: "key_of_other_kind",
        path: [key],
        message: "belongs to a check with `that`",
        remedy: "remove it: an agent gives its own `reason`, and a program its last lines",
      };
    const own = kindKey === "run" ? "run" : "agent";
    const kinds = KINDS_OF_KEY.get(key);
    if (kinds !== undefined && !kinds.includes(own)) yield foreignKey(key, kinds, own);
  }
}

function* kindIssues(step: object): Generator<KeyIssue, void, undefined> {
  const [first, second] = kindKeysOf(step);
  if (first !== undefined && second !== undefined) {
    const message =
      `makes this step ${KIND_NOUNS[second.kind]}, and \`${first.key}\` already makes it ` +
      KIND_NOUNS[first.kind];
    const remedy = `keep \`${first.key}\` or \`${second.key}\`, or write two steps`;
    yield { rule: "two_kinds", path: [second.key], message, remedy };
    return;
  }
  const kind = kindOf(step);
  if (kind === undefined) {
    yield {
      rule: "no_kind",
      path: [],
      message:
        "has none of `task`, `run`, `steps`, `gate`, `wait`, `stop`, `include` and `workflow`",
    };
    return;
  }
  if (kind === "agent" && first === undefined)
    yield { rule: "step_without_task", path: ["task"], message: "is missing" };
  for (const key of Object.keys(step)) {
    const kinds = KINDS_OF_KEY.get(key);
    if (kinds !== undefined && !kinds.includes(kind)) yield foreignKey(key, kinds, kind);
  }
  if (TIMED_AS_A_WHOLE.has(kind) && has(step, "timeout"))
    yield* groupTimeoutIssues(memberOf(step, "timeout"), KIND_NOUNS[kind]);
}

/** The kinds whose inner steps have the time limits of attempts. */
const TIMED_AS_A_WHOLE: ReadonlySet<StepKind> = new Set(["group", "include", "workflow"]);

/** What to write instead of a key that belongs to another kind. */
const INSTEAD: Readonly<Record<string, string>> = {
  "group.output": "write `outputs`: a group gives its `outputs`",
  "group.retries": "set the retries on the inner steps, or repeat the group with `loop`",
  "group.retry": "set the retries on the inner steps, or repeat the group with `loop`",
  "group.parallel": "set `parallel` on the inner steps",
  "group.checkpoint": "set the checkpoint on an inner step, or on the step after the group",
  "run.with": "pass the values to the program in `env`",
  "run.outputs": "write `output`, a JSON Schema of what the program prints",
  "agent.outputs": "write `output`, a JSON Schema of the answer",
  "group.check": "put the check on an inner step, or make it a step of its own",
  "group.fallback": "set the fallback on the inner steps",
  "group.reserve": "set the reserve on the inner steps, or in `limits.agents`",
  "group.effect": "set the effect on the inner steps",
  "group.cache": "set the cache on the inner steps",
  "run.reasks": "remove it: a program is not asked again; set `retries`",
  "run.reserve": "remove it: programs use nothing of the budget",
  "run.fallback": "remove it: only an agent can take over from an agent",
  "gate.output": "write `form` in `gate`",
  "gate.timeout": "write `expires` in `gate`",
  "gate.task": "write `ask` in `gate`",
  "gate.agentId": "remove it: a person answers a gate; write `to` in `gate` to name people",
  "gate.retries": "remove it: to ask again, put the gate in a `loop` with `onReject: continue`",
  "gate.check": "remove it: `form` says what an answer must be",
  "wait.output": "write `form` in `wait`",
  "wait.timeout": "write `timeout` in `wait`, which a wait for a `signal` may have",
  "stop.continueOnError": "remove it: a stop does not fail",
  "stop.foreach": "put `if` on the stop: it ends the run once",
  "stop.loop": "put `if` on the stop: it ends the run once",
  "include.outputs": "write `outputs` in the included workflow",
  "include.output": "write `outputs` in the included workflow",
  "include.order": "write `order` in the included workflow",
  "include.agentId": "set the agent in the included workflow; `with` can pass a value to it",
  "include.retries": "set the retries in the included workflow, or repeat it with `loop`",
  "include.retry": "set the retries in the included workflow, or repeat it with `loop`",
  "include.check": "put the check on a step of the included workflow, or on a step of its own",
  "workflow.outputs": "write `outputs` in the other workflow",
  "workflow.output": "write `outputs` in the other workflow",
  "workflow.agentId": "set the agent in the other workflow; `with` can pass a value to it",
  "workflow.check": "put the check on a step of the other workflow, or on a step of its own",
  "workflow.effect": "set the effect on the steps of the other workflow",
  "workflow.cache": "set the cache on the steps of the other workflow",
};

/** How many kinds a message lists. */
const MAX_OWNERS = 4;

function foreignKey(key: string, kinds: readonly StepKind[], kind: StepKind): KeyIssue {
  const owners = kinds.map((owner) => KIND_NOUNS[owner]);
  const all = [owners.slice(0, -1).join(", "), owners.at(-1)].filter((part) => part !== "");
  const message =
    owners.length > MAX_OWNERS
      ? `has no meaning for ${KIND_NOUNS[kind]}`
      : `belongs to ${all.join(" or ")}, but this is ${KIND_NOUNS[kind]}`;
  const remedy = INSTEAD[`${kind}.${key}`];
  return {
    rule: "key_of_other_kind",
    path: [key],
    message,
    ...(remedy !== undefined && { remedy }),
  };
}

/** The names that expressions begin with, so that no item may have them, except `item` itself. */
const ROOTS: ReadonlySet<string> = new Set([
  "context",
  "index",
  "inputs",
  "output",
  "previous",
  "round",
  "run",
  "secrets",
  "steps",
  "workflow",
]);
const WORDS: ReadonlySet<string> = new Set(["true", "false", "null", "in"]);
const ITEM_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

function* foreachIssues(step: object): Generator<KeyIssue, void, undefined> {
  const foreach = memberOf(step, "foreach");
  if (has(step, "foreach") && has(step, "loop")) {
    const remedy = "make the step a group, with one of the two on the group and the other inside";
    const message = "cannot be combined with `foreach` in one step";
    yield { rule: "foreach_and_loop", path: ["loop"], message, remedy };
  }
  for (const key of ["key", "as", "concurrency"]) {
    if (!has(step, key)) continue;
    if (!has(step, "foreach"))
      yield {
        rule: "key_of_other_kind",
        path: [key],
        message: "belongs to a step with `foreach`",
        remedy: key === "concurrency" ? "set `limits.concurrency`, or remove it" : "remove it",
      };
    else if (!Array.isArray(foreach) && has(foreach, key))
      yield { rule: "key_twice", path: [key], message: `means the same as \`foreach.${key}\`` };
  }
  yield* nameIssues(memberOf(step, "as"), ["as"]);
  if (!Array.isArray(foreach)) yield* nameIssues(memberOf(foreach, "as"), ["foreach", "as"]);
}

function* nameIssues(name: unknown, path: Path): Generator<KeyIssue, void, undefined> {
  if (typeof name !== "string" || name === "") return;
  if (ROOTS.has(name))
    yield {
      rule: "item_hides_name",
      path,
      message: "is the name of something else in expressions",
    };
  else if (!ITEM_NAME.test(name) || WORDS.has(name))
    yield {
      rule: "item_name",
      path,
      message: "is not a name that an expression can use",
      remedy: "begin with a letter and use letters, digits and `_` only, at most 64",
    };
}

const CHOOSING = new Set(["done", "ok-or-skipped"]);

function* edgeIssues(step: object): Generator<KeyIssue, void, undefined> {
  const dependencies = memberOf(step, "dependencies");
  const join = memberOf(step, "join");
  const modes = new Map<string, unknown>();
  let isChoice = false;
  const silent = join === "any" ? "done" : (join ?? "ok");
  for (const [index, entry] of (Array.isArray(dependencies) ? dependencies : []).entries()) {
    for (const [id, mode, path] of edgesOf(entry, index, silent)) {
      if (modes.has(id) && modes.get(id) !== mode) {
        const message = "is a dependency twice, with two modes";
        yield { rule: "edge_twice", path, message };
      }
      modes.set(id, mode);
      isChoice ||= CHOOSING.has(String(mode));
    }
  }
  if (join !== "any" || isChoice) return;
  const message = "needs a dependency that is not `ok`";
  yield { rule: "any_without_choice", path: ["join"], message };
}

type Edge = readonly [id: string, mode: unknown, path: Path];

/** The edges of an entry; `silent` is the mode of an entry that is only an id. */
function edgesOf(entry: unknown, index: number, silent: unknown): Edge[] {
  if (typeof entry === "string") return [[entry, silent, ["dependencies", index]]];
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return [];
  return Object.entries(entry).map(([id, mode]): Edge => [id, mode, ["dependencies", index, id]]);
}

function* choiceIssues(agentId: unknown): Generator<KeyIssue, void, undefined> {
  const ids = memberOf(agentId, "oneOf");
  if (!Array.isArray(ids)) return;
  for (const [index, id] of ids.entries())
    if (typeof id === "string" && ids.indexOf(id) < index)
      yield {
        rule: "agent_twice",
        path: ["agentId", "oneOf", index],
        message: "is listed twice",
        remedy: "remove it",
      };
}

function* fileIssues(files: unknown): Generator<KeyIssue, void, undefined> {
  if (!Array.isArray(files)) return;
  for (const [index, file] of files.entries()) {
    if (typeof file !== "string") continue;
    const problem =
      files.indexOf(file) < index
        ? { message: "is listed twice", remedy: "remove it" }
        : fileProblem(file);
    if (problem !== undefined) yield { rule: "file_path", path: ["files", index], ...problem };
  }
}

/** Yields the problems of a workflow or group whose steps run in the order of the list. */
export function* listIssues(list: object): Generator<KeyIssue, void, undefined> {
  const steps = memberOf(list, "steps");
  if (!has(list, "order") || !Array.isArray(steps)) return;
  for (const [index, step] of steps.entries())
    for (const key of ["dependencies", "join"])
      if (has(step, key))
        yield {
          rule: "edge_in_order",
          path: ["steps", index, key],
          message: "has no place in a list with `order: listed`, whose steps wait for each other",
        };
}
