import type { StepDef } from "@automatosx/rescript-core";
import type { InterpretedWorkflow } from "../../src/language/index.js";

type Written = Readonly<Record<string, unknown>>;

/** Keys of a step that this reader knows; a step with another one is not played. */
const STEP_KEYS = new Set([
  "id",
  "name",
  "description",
  "agentId",
  "task",
  "dependencies",
  "join",
  "parallel",
  "timeout",
  "retries",
  "retry",
  "continueOnError",
  "if",
  "foreach",
  "key",
  "concurrency",
  "loop",
  "order",
  "steps",
  "outputs",
  "run",
  "with",
  "files",
  "output",
  "reasks",
]);
const WORKFLOW_KEYS = new Set([
  "id",
  "name",
  "version",
  "description",
  "inputs",
  "context",
  "defaults",
  "limits",
  "order",
  "steps",
  "outputs",
]);

/** A key that this reader does not know: the workflow cannot be played. */
export class UnknownKey extends Error {
  override readonly name = "UnknownKey";
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export function durationMs(written: unknown): number {
  if (typeof written === "number") return written;
  const [, amount = "0", unit = "ms"] = /^([\d.]+)(ms|[smh])$/.exec(textOf(written)) ?? [];
  return Number(amount) * (UNITS[unit] ?? 1);
}

const RETRY_KEYS = new Set(["max", "backoff", "factor", "maxBackoff", "jitter"]);
const TIMEOUT_KEYS = new Set(["attempt"]);
const LIMIT_KEYS = new Set(["concurrency"]);

/** A scalar of a file as text. */
export const textOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

const asMap = (value: unknown): Written => (value ?? {}) as Written;

function refuseUnknown(written: Written, known: ReadonlySet<string>): void {
  const unknown = Object.keys(written).find((key) => !known.has(key) && !key.startsWith("x-"));
  if (unknown !== undefined) throw new UnknownKey(unknown);
}

/** Reads a written workflow into normal form, by the rules of the language alone. */
export function readWritten(
  written: Written,
  readFile: (path: string) => string,
): InterpretedWorkflow {
  refuseUnknown(written, WORKFLOW_KEYS);
  const { id, name, version, outputs, limits } = written;
  const { concurrency, agents } = asMap(limits);
  return {
    id: textOf(id),
    ...(name !== undefined && { name: textOf(name) }),
    ...(version !== undefined && { version: textOf(version) }),
    steps: new StepReader(asMap(written["defaults"]), readFile).list(written),
    ...(outputs !== undefined && { outputs: asMap(outputs) }),
    ...(typeof concurrency === "number" && { concurrency }),
    agentConcurrency: Object.fromEntries(
      Object.entries(asMap(agents)).flatMap(([agent, limit]) => {
        refuseUnknown(asMap(limit), LIMIT_KEYS);
        const most = asMap(limit)["concurrency"];
        return typeof most === "number" ? [[agent, most]] : [];
      }),
    ),
  };
}

class StepReader {
  readonly #defaults: Written;
  readonly #readFile: (path: string) => string;

  constructor(defaults: Written, readFile: (path: string) => string) {
    this.#defaults = defaults;
    this.#readFile = readFile;
  }

  list(around: Written): StepDef[] {
    const written = around["steps"] as readonly Written[];
    const isListed = around["order"] === "listed";
    return written.map((step, index) => {
      const before = isListed && index > 0 ? textOf(written[index - 1]?.["id"]) : undefined;
      return this.#step(
        before === undefined ? step : { ...step, dependencies: [{ [before]: "listed" }] },
      );
    });
  }

  #step(step: Written): StepDef {
    refuseUnknown(step, STEP_KEYS);
    const id = textOf(step["id"]);
    const { steps, outputs } = step;
    return {
      id,
      name: textOf(step["name"] ?? id),
      ...this.#agent(step),
      task: this.#task(step["task"]),
      ...edgesOf(step),
      parallel: step["parallel"] !== false,
      ...this.#patience(step),
      continueOnError: step["continueOnError"] === true,
      ...(step["if"] !== undefined && { if: textOf(step["if"]) }),
      ...foreachOf(step),
      ...loopOf(step["loop"]),
      ...(steps !== undefined && { steps: this.list(step) }),
      ...(outputs !== undefined && { outputs: asMap(outputs) }),
      ...runOf(step["run"]),
      ...(step["with"] !== undefined && { with: asMap(step["with"]) }),
      ...(step["files"] !== undefined && { files: step["files"] as string[] }),
      ...(step["output"] !== undefined && { output: step["output"] }),
    };
  }

  #agent(step: Written): Pick<StepDef, "agentId" | "choice"> {
    if (step["steps"] !== undefined) return { agentId: "@group" };
    if (step["run"] !== undefined) return { agentId: "@run" };
    const agentId = step["agentId"] ?? this.#defaults["agentId"];
    if (typeof agentId === "string") return { agentId };
    return { agentId: "@choice", choice: agentId as NonNullable<StepDef["choice"]> };
  }

  #task(task: unknown): string {
    return typeof task === "object" && task !== null
      ? this.#readFile(textOf(asMap(task)["file"]))
      : textOf(task ?? "");
  }

  #patience(step: Written): Pick<StepDef, "retries" | "timeout" | "retry" | "reasks"> {
    const defaults = this.#defaults;
    const attemptOf = (timeout: unknown): unknown => {
      if (typeof timeout !== "object") return timeout;
      refuseUnknown(asMap(timeout), TIMEOUT_KEYS);
      return asMap(timeout)["attempt"];
    };
    const timeout = attemptOf(step["timeout"]) ?? attemptOf(defaults["timeout"]) ?? "30m";
    const retry = { ...asMap(defaults["retry"]), ...asMap(step["retry"]) };
    refuseUnknown(retry, RETRY_KEYS);
    const reasks = step["reasks"] ?? defaults["reasks"];
    const { backoff, factor, maxBackoff, jitter } = retry;
    return {
      timeout: durationMs(timeout),
      retries: Number(step["retries"] ?? retry["max"] ?? defaults["retries"] ?? 0),
      retry: {
        initialDelayMs: durationMs(backoff ?? 1000),
        factor: Number(factor ?? 2),
        maxDelayMs: durationMs(maxBackoff ?? 60_000),
        jitter: jitter === "none" ? "none" : "full",
      },
      ...(reasks !== undefined && { reasks: Number(reasks) }),
    };
  }
}

function edgesOf(step: Written): Pick<StepDef, "dependencies" | "joins" | "join"> {
  const { dependencies = [], join } = step;
  const silent = join === "any" ? "done" : textOf(join ?? "ok");
  const edges = (dependencies as readonly unknown[]).flatMap((entry) =>
    typeof entry === "string"
      ? [[entry, silent] as const]
      : Object.entries(asMap(entry)).map(([id, mode]) => [id, textOf(mode)] as const),
  );
  const joins = Object.fromEntries(edges.filter(([, mode]) => mode !== "ok"));
  return {
    dependencies: edges.map(([id]) => id),
    ...(Object.keys(joins).length > 0 && { joins: joins as NonNullable<StepDef["joins"]> }),
    ...(join === "any" && { join }),
  };
}

function foreachOf({ foreach, ...step }: Written): Pick<StepDef, "foreach"> {
  if (foreach === undefined) return {};
  const isMap = typeof foreach === "object" && foreach !== null && !Array.isArray(foreach);
  const rule: Written = isMap ? (foreach as Written) : { in: foreach };
  const key = rule["key"] ?? step["key"];
  const concurrency = rule["concurrency"] ?? step["concurrency"];
  return {
    foreach: {
      in: rule["in"],
      as: textOf(rule["as"] ?? "item"),
      ...(key !== undefined && { key: textOf(key) }),
      ...(concurrency !== undefined && { concurrency: Number(concurrency) }),
    },
  };
}

function loopOf(loop: unknown): Pick<StepDef, "loop"> {
  if (loop === undefined) return {};
  const { max, until, every, onMax } = asMap(loop);
  return {
    loop: {
      max: Number(max),
      ...(until !== undefined && { until: textOf(until) }),
      ...(every !== undefined && { everyMs: durationMs(every) }),
      onMax: onMax === "continue" ? "continue" : "fail",
    },
  };
}

function runOf(run: unknown): Pick<StepDef, "run"> {
  if (run === undefined) return {};
  return {
    run: Array.isArray(run) ? { command: run as string[] } : (run as NonNullable<StepDef["run"]>),
  };
}
