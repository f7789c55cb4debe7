import type { Attributes, Counter, Histogram, Meter, MeterProvider } from "@opentelemetry/api";
import type {
  AttemptEnded,
  AttemptStarted,
  RunEnded,
  RunFact,
  StepEnded,
} from "../trace/RunFact.js";

/** How many values an attribute may have. All others are counted as `_other`. */
const MAX_VALUES = 100;
const OTHER = "_other";

/** The recommended bounds of `gen_ai.workflow.duration`, in seconds. */
const RUN_SECONDS = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];
const ATTEMPT_SECONDS = [0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

/** Names that come from workflow files, of which there may be any number. */
class Names {
  readonly #known = new Set<string>();

  of(name: string): string {
    if (this.#known.size < MAX_VALUES) this.#known.add(name);
    return this.#known.has(name) ? name : OTHER;
  }
}

/** The instruments that count what happens to runs. No attribute has more than 101 values. */
export class RunMetrics {
  readonly #workflows = new Names();
  readonly #agents = new Names();
  readonly #runSeconds: Histogram;
  readonly #stepSeconds: Histogram;
  readonly #attemptSeconds: Histogram;
  readonly #queueSeconds: Histogram;
  readonly #attempts: Counter;
  readonly #tokens: Counter;
  readonly #usd: Counter;

  constructor(provider: MeterProvider, scope: string) {
    const meter = provider.getMeter(scope);
    const seconds = (name: string, description: string, bounds: number[]): Histogram =>
      secondsOf(meter, name, description, bounds);
    this.#runSeconds = seconds(
      "gen_ai.workflow.duration",
      "How long a run took, pauses included.",
      RUN_SECONDS,
    );
    this.#stepSeconds = seconds(
      "automatosx.step.duration",
      "How long a step took, from its first attempt to its outcome.",
      ATTEMPT_SECONDS,
    );
    this.#attemptSeconds = seconds(
      "gen_ai.invoke_agent.duration",
      "How long an attempt took.",
      ATTEMPT_SECONDS,
    );
    this.#queueSeconds = seconds(
      "automatosx.attempt.queue_time",
      "How long a step was ready before its attempt started.",
      ATTEMPT_SECONDS,
    );
    this.#attempts = meter.createCounter("automatosx.attempt.count", {
      description: "Attempts that have ended.",
      unit: "{attempt}",
    });
    this.#tokens = meter.createCounter("automatosx.usage.tokens", {
      description: "Tokens that attempts have read and written.",
      unit: "{token}",
    });
    this.#usd = meter.createCounter("automatosx.usage.cost", {
      description: "What attempts have cost, in US dollars.",
      unit: "{USD}",
    });
  }

  /** Counts a fact of a run of this workflow. */
  add(fact: RunFact, workflowName: string): void {
    const workflow = { "gen_ai.workflow.name": this.#workflows.of(workflowName) };
    switch (fact.type) {
      case "run_end":
        this.#runSeconds.record(tookSeconds(fact), {
          ...workflow,
          "automatosx.run.status": fact.status,
          ...(fact.status === "failed" && { "error.type": fact.errorCode ?? "_OTHER" }),
        });
        break;
      case "step_end":
        this.#stepSeconds.record(tookSeconds(fact), {
          ...workflow,
          "automatosx.step.kind": fact.kind,
          "automatosx.step.status": fact.status,
        });
        break;
      case "attempt_start":
        if (fact.queuedMs !== undefined)
          this.#queueSeconds.record(fact.queuedMs / 1000, { ...workflow, ...this.#agent(fact) });
        break;
      case "attempt_end":
        this.#addAttempt(fact, workflow);
        break;
      default:
        break;
    }
  }

  #addAttempt(fact: AttemptEnded, workflow: Attributes): void {
    const by = { ...workflow, ...this.#agent(fact) };
    const outcome = {
      ...by,
      "automatosx.attempt.status": fact.status,
      ...(fact.status === "failed" && { "error.type": fact.reason ?? "_OTHER" }),
    };
    this.#attempts.add(1, outcome);
    // No agent was called, or it is not known when it ended.
    if (fact.reused === undefined && fact.lostAt === undefined && fact.kind === "agent")
      this.#attemptSeconds.record(tookSeconds(fact), outcome);
    const { tokens, usd } = fact.usage ?? {};
    if (tokens !== undefined) this.#tokens.add(tokens, by);
    if (usd !== undefined) this.#usd.add(usd, by);
  }

  #agent({ agentId }: AttemptStarted | AttemptEnded): Attributes {
    return { "gen_ai.agent.name": this.#agents.of(agentId) };
  }
}

function tookSeconds({ at, startedAt }: RunEnded | StepEnded | AttemptEnded): number {
  return Math.max(0, at - startedAt) / 1000;
}

function secondsOf(meter: Meter, name: string, description: string, bounds: number[]): Histogram {
  const advice = { explicitBucketBoundaries: bounds };
  return meter.createHistogram(name, { description, unit: "s", advice });
}
