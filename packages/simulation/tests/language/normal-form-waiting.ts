import type { Budget, FailureReason, StepDef } from "@automatosx/rescript-core";
import type { InterpretedWorkflow } from "../../src/language/index.js";
import { asMap, durationMs, textOf, type Written } from "./written-values.js";

const SHORT_TYPES = new Set(["string", "number", "integer", "boolean", "object", "array", "any"]);

const isShort = (value: unknown): boolean =>
  Array.isArray(value) || (typeof value === "string" && SHORT_TYPES.has(value.replace(/\?$/, "")));

/** A form in short, or a JSON Schema, as a JSON Schema. */
function schemaOf(form: unknown): unknown {
  const fields = Object.entries(asMap(form));
  if (!fields.every(([, value]) => isShort(value))) return form;
  return {
    type: "object",
    additionalProperties: false,
    required: fields.flatMap(([name, value]) => (String(value).endsWith("?") ? [] : [name])),
    properties: Object.fromEntries(
      fields.map(([name, value]) => {
        const type = String(value).replace(/\?$/, "");
        if (Array.isArray(value)) return [name, { enum: value as unknown[] }];
        return [name, type === "any" ? {} : { type }];
      }),
    ),
  };
}

const ms = <K extends string>(key: K, written: unknown): { readonly [key in K]?: number } =>
  (written === undefined ? {} : { [key]: durationMs(written) }) as { readonly [key in K]?: number };

/** The normal form of a gate, a wait, a stop and a session. */
export function waitingOf({
  gate,
  wait,
  stop,
  session,
}: Written): Pick<StepDef, "gate" | "wait" | "stop" | "session"> {
  return {
    ...(gate !== undefined && { gate: gateOf(asMap(gate)) }),
    ...(wait !== undefined && { wait: waitOf(wait) }),
    ...(stop !== undefined && { stop: stop as NonNullable<StepDef["stop"]> }),
    ...(session !== undefined && { session: session as NonNullable<StepDef["session"]> }),
  };
}

function gateOf(gate: Written): NonNullable<StepDef["gate"]> {
  return {
    ask: textOf(gate["ask"]),
    form: schemaOf(gate["form"] ?? { note: "string?" }),
    ...ms("expiresMs", gate["expires"]),
    onExpire: (gate["onExpire"] ?? "reject") as "reject",
    onReject: (gate["onReject"] ?? "fail") as "fail",
    ...(gate["editable"] !== undefined && { editable: textOf(gate["editable"]) }),
  };
}

function waitOf(wait: unknown): NonNullable<StepDef["wait"]> {
  if (typeof wait !== "object") return { forMs: durationMs(wait) };
  const { for: duration, until, signal, form, timeout, onTimeout } = asMap(wait);
  return {
    ...ms("forMs", duration),
    ...(until !== undefined && { until: textOf(until) }),
    ...(signal !== undefined && { signal: textOf(signal) }),
    ...(form !== undefined && { form: schemaOf(form) }),
    ...ms("timeoutMs", timeout),
    ...(onTimeout !== undefined && { onTimeout: onTimeout as "fail" }),
  };
}

const classOf = (name: unknown): FailureReason =>
  (name === "fatal" ? "invalid" : textOf(name)) as FailureReason;

/** The classes of `retry.on`; a limit of a provider uses up no retry. */
export const classesOf = (written: unknown): FailureReason[] =>
  [written]
    .flat()
    .map(classOf)
    .filter((name) => name !== "rate_limit");

/** After these failures another agent takes over unless the step says otherwise. */
const FALLBACK_ON: FailureReason[] = [
  "error",
  "timeout",
  "invalid",
  "invalid_output",
  "transient",
  "refused",
  "check",
];

/** The normal form of what a step says about its failures. */
export function effectsOf({
  effect,
  fallback,
  reserve,
}: Written): Pick<StepDef, "effect" | "fallback" | "reserve"> {
  const { agents = fallback, on } = Array.isArray(fallback) ? {} : asMap(fallback);
  return {
    ...(effect !== undefined && effect !== "idempotent" && { effect: effect as "pure" }),
    ...(fallback !== undefined && {
      fallback: {
        agents: agents as string[],
        on: on === undefined ? FALLBACK_ON : ([on].flat() as unknown[]).map(classOf),
      },
    }),
    ...(reserve !== undefined && { reserve: asMap(reserve) }),
  };
}

/** The normal form of a budget. */
export function budgetOf(written: unknown): Pick<InterpretedWorkflow, "budget"> {
  if (written === undefined) return {};
  const { wall, at, unmetered = "pause", ...rest } = asMap(written);
  const thresholds = Object.entries(asMap(at)).map(([percent, action]) => ({
    percent: Number.parseFloat(percent),
    action: action as "warn",
  }));
  return {
    budget: {
      ...(rest as Budget),
      ...ms("wallMs", wall),
      ...(thresholds.length > 0 && { at: thresholds }),
      unmetered: unmetered as "pause",
    },
  };
}

const WINDOWS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, m: 60_000, h: 3_600_000 };

type AgentLimit = NonNullable<InterpretedWorkflow["agentLimits"]>[string];

/** What limits an agent besides its concurrency. */
export function agentLimitOf({ rate, scope, reserve }: Written): AgentLimit {
  const [count, window = ""] = typeof rate === "string" ? rate.split("/") : [];
  return {
    ...(count !== undefined && {
      rate: { count: Number(count), windowMs: WINDOWS[window] ?? 60_000 },
    }),
    ...(scope !== undefined && { scope: textOf(scope) }),
    ...(reserve !== undefined && { reserve: asMap(reserve) }),
  };
}
