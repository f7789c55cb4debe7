import type { StepDef } from "@automatosx/rescript-core";
import { parse } from "yaml";
import type { InterpretedWorkflow } from "../../src/language/index.js";
import { agentLimitOf, budgetOf, classesOf, effectsOf, waitingOf } from "./normal-form-waiting.js";
import { asMap, durationMs, refuseUnknown, textOf, type Written } from "./written-values.js";

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
  "gate",
  "wait",
  "stop",
  "session",
  "check",
  "effect",
  "reconcile",
  "fallback",
  "reserve",
  "include",
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
  "on",
  "budget",
]);

const RETRY_KEYS = new Set(["max", "on", "backoff", "factor", "maxBackoff", "jitter"]);
const TIMEOUT_KEYS = new Set(["attempt", "idle", "total"]);
const LIMIT_KEYS = new Set(["concurrency", "rate", "scope", "reserve"]);

/** Reads a written workflow into normal form, by the rules of the language alone. */
export function readWritten(
  written: Written,
  readFile: (path: string) => string,
): InterpretedWorkflow {
  refuseUnknown(written, WORKFLOW_KEYS);
  const { id, name, version, outputs, limits } = written;
  const { concurrency, agents } = asMap(limits);
  const reader = new StepReader(asMap(written["defaults"]), readFile);
  const { failure, always } = asMap(written["on"]);
  const limitOf = Object.entries(asMap(agents)).map(([agent, limit]) => {
    refuseUnknown(asMap(limit), LIMIT_KEYS);
    return [agent, asMap(limit)] as const;
  });
  return {
    id: textOf(id),
    ...(name !== undefined && { name: textOf(name) }),
    ...(version !== undefined && { version: textOf(version) }),
    steps: reader.list(written),
    ...(outputs !== undefined && { outputs: asMap(outputs) }),
    on: {
      ...(failure !== undefined && { failure: reader.handler(failure) }),
      ...(always !== undefined && { always: reader.handler(always) }),
    },
    ...budgetOf(written["budget"]),
    ...(typeof concurrency === "number" && { concurrency }),
    agentConcurrency: Object.fromEntries(
      limitOf.flatMap(([agent, { concurrency: most }]) =>
        typeof most === "number" ? [[agent, most]] : [],
      ),
    ),
    agentLimits: Object.fromEntries(limitOf.map(([agent, limit]) => [agent, agentLimitOf(limit)])),
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

  /** The steps of a handler, whose ids may be left out. */
  handler(steps: unknown): StepDef[] {
    return (steps as readonly Written[]).map((step, index) =>
      this.#step({ id: `step-${index + 1}`, ...step }),
    );
  }

  /** An included file: a group of its steps, with names of its own. */
  #included(step: Written): Pick<StepDef, "steps" | "outputs" | "module"> {
    const source = textOf(step["include"]);
    const file = parse(this.#readFile(source)) as Written;
    refuseUnknown(file, WORKFLOW_KEYS);
    const { id, name = id, version = "1.0.0", inputs, outputs, context } = file;
    const reader = new StepReader(asMap(file["defaults"]), this.#readFile);
    const declared = Object.entries(asMap(inputs)).map(([input, written]) => {
      const { default: value } = typeof written === "string" ? {} : asMap(written);
      return [input, { required: value === undefined, default: value }] as const;
    });
    return {
      steps: reader.list(file),
      ...(outputs !== undefined && { outputs: asMap(outputs) }),
      module: {
        workflowId: textOf(id),
        name: textOf(name),
        version: textOf(version),
        source,
        inputs: Object.fromEntries(declared),
        context: asMap(context),
        with: asMap(step["with"]),
      },
    };
  }

  #step(step: Written): StepDef {
    refuseUnknown(step, STEP_KEYS);
    const id = textOf(step["id"]);
    const { steps, outputs } = step;
    const isIncluded = step["include"] !== undefined;
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
      ...(step["with"] !== undefined && !isIncluded && { with: asMap(step["with"]) }),
      ...(isIncluded && this.#included(step)),
      ...(step["files"] !== undefined && { files: step["files"] as string[] }),
      ...(step["output"] !== undefined && { output: step["output"] }),
      ...waitingOf(step),
      ...effectsOf(step),
      ...this.#attached(step),
    };
  }

  #attached({ check, reconcile }: Written): Pick<StepDef, "check" | "reconcile"> {
    const checks = ([check ?? []] as unknown[]).flat() as readonly Written[];
    return {
      ...(checks.length > 0 && {
        check: checks.map((one, index) =>
          one["that"] === undefined
            ? { step: this.#step({ ...one, id: `check-${index + 1}` }) }
            : {
                that: textOf(one["that"]),
                ...(one["message"] !== undefined && { message: textOf(one["message"]) }),
              },
        ),
      }),
      ...(reconcile !== undefined && {
        reconcile: this.#step({ ...asMap(reconcile), id: "reconcile" }),
      }),
    };
  }

  #agent(step: Written): Pick<StepDef, "agentId" | "choice"> {
    if (step["steps"] !== undefined || step["include"] !== undefined) return { agentId: "@group" };
    const kind = ["run", "gate", "wait", "stop"].find((key) => step[key] !== undefined);
    if (kind !== undefined) return { agentId: `@${kind}` };
    const agentId = step["agentId"] ?? this.#defaults["agentId"];
    if (typeof agentId === "string") return { agentId };
    return { agentId: "@choice", choice: agentId as NonNullable<StepDef["choice"]> };
  }

  #task(task: unknown): string {
    return typeof task === "object" && task !== null
      ? this.#readFile(textOf(asMap(task)["file"]))
      : textOf(task ?? "");
  }

  #patience(step: Written): Patience {
    const defaults = this.#defaults;
    const timeouts = { ...timeoutsOf(defaults["timeout"]), ...timeoutsOf(step["timeout"]) };
    refuseUnknown(timeouts, TIMEOUT_KEYS);
    const { attempt = "30m", total } = timeouts;
    const retry = { ...asMap(defaults["retry"]), ...asMap(step["retry"]) };
    refuseUnknown(retry, RETRY_KEYS);
    const reasks = step["reasks"] ?? defaults["reasks"];
    const { on, backoff, factor, maxBackoff, jitter } = retry;
    return {
      timeout: durationMs(attempt),
      ...(total !== undefined && { totalTimeout: durationMs(total) }),
      ...(on !== undefined && { retryOn: classesOf(on) }),
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

type Patience = Pick<
  StepDef,
  "retries" | "timeout" | "totalTimeout" | "retry" | "retryOn" | "reasks"
>;

const timeoutsOf = (timeout: unknown): Written =>
  typeof timeout === "object" || timeout === undefined ? asMap(timeout) : { attempt: timeout };

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
