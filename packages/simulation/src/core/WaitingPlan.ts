import type {
  Budget,
  FailureReason,
  Handlers,
  RunPolicy,
  StepDef,
} from "@automatosx/rescript-core";
import type { SeededRandom } from "../SeededRandom.js";

/** What the values of a random gate or signal look like. */
const FORM = {
  type: "object",
  required: ["ok", "n"],
  properties: { ok: { type: "boolean" }, n: { type: "integer" }, note: { type: "string" } },
  additionalProperties: false,
};

const CLASSES: readonly FailureReason[] = [
  "error",
  "timeout",
  "transient",
  "refused",
  "invalid",
  "invalid_output",
  "rate_limit",
  "check",
];

/**
 * Makes gates and waits out of some leaves of a workflow, and gives others checks, effects, classes
 * of failures, agents that take over, sessions and total timeouts. Some lists get a step that stops
 * the run.
 */
export function randomWaits(random: SeededRandom, defs: readonly StepDef[]): StepDef[] {
  const steps = defs.map((def) => waitingDef(random, def, defs));
  const before = steps.filter((step) => mayBeStopped(step, steps));
  return random.chance(0.3) && before.length > 0
    ? [...steps, randomStop(random, random.pick(before))]
    : steps;
}

/**
 * A stop comes right after an agent that nothing else waits for. Otherwise what becomes of others
 * depends on the order in which the consequences of one event are drawn.
 */
const mayBeStopped = (
  { id, agentId, foreach, loop, continueOnError }: StepDef,
  steps: readonly StepDef[],
): boolean =>
  !continueOnError &&
  !agentId.startsWith("@") &&
  foreach === undefined &&
  loop === undefined &&
  !steps.some(({ dependencies }) => dependencies.includes(id));

const randomStop = (
  random: SeededRandom,
  { id, dependencies, if: condition }: StepDef,
): StepDef => ({
  id: `${id}-stop`,
  name: `${id}-stop`,
  agentId: "@stop",
  task: "",
  dependencies: [id],
  parallel: true,
  retries: 0,
  continueOnError: false,
  ...(dependencies.length === 0 && condition === undefined && { joins: { [id]: "done" as const } }),
  stop: {
    as: random.pick(["completed", "failed", "cancelled"]),
    ...(random.chance(0.7) && { reason: "enough of ${{ workflow.id }}" }),
  },
});

function waitingDef(random: SeededRandom, def: StepDef, siblings: readonly StepDef[]): StepDef {
  const total = random.chance(0.12) ? { totalTimeout: random.between(300, 6000) } : {};
  if (def.steps !== undefined) return { ...def, ...total, steps: randomWaits(random, def.steps) };
  const kind = random.next();
  if (kind < 0.16) return { ...bare(def, "@gate"), ...total, gate: randomGate(random) };
  if (kind < 0.28) return { ...bare(def, "@wait"), ...total, wait: randomWait(random, def.id) };
  return { ...def, ...total, ...randomAttempts(random, def, siblings) };
}

/** A step without what only an agent's step has. */
function bare(def: StepDef, agentId: "@gate" | "@wait"): StepDef {
  const { choice: _, timeout: __, output: ___, reasks: ____, retry: _____, ...rest } = def;
  return { ...rest, agentId, task: "", retries: 0 };
}

const randomGate = (random: SeededRandom): NonNullable<StepDef["gate"]> => ({
  ask: random.chance(0.04) ? "${{ 1 / 0 }}?" : "Release ${{ workflow.id }}?",
  form: FORM,
  ...(random.chance(0.3) && { expiresMs: random.between(500, 5000) }),
  onExpire: random.pick(["reject", "skip"]),
  onReject: random.pick(["fail", "continue"]),
});

function randomWait(random: SeededRandom, id: string): NonNullable<StepDef["wait"]> {
  if (random.chance(0.4)) return { forMs: random.between(1, 2000) };
  if (random.chance(0.2)) return { until: random.pick(["1000", "'2020-01-01T00:00:00Z'", "true"]) };
  return {
    // Of two steps that begin to wait for one name in one transition, either may be the first.
    signal: `go-${id}`,
    ...(random.chance(0.5) && { form: FORM }),
    ...(random.chance(0.4) && {
      timeoutMs: random.between(500, 5000),
      onTimeout: random.pick(["fail", "skip", "continue"]),
    }),
  };
}

function randomAttempts(
  random: SeededRandom,
  def: StepDef,
  siblings: readonly StepDef[],
): Partial<StepDef> {
  const some = (): FailureReason[] => CLASSES.filter(() => random.chance(0.4));
  const isChecked = random.chance(0.3);
  const isExternal = random.chance(0.25);
  const source = siblings.find(
    (other) =>
      def.dependencies.includes(other.id) &&
      other.gate === undefined &&
      other.steps === undefined &&
      other.foreach === undefined &&
      other.loop === undefined,
  );
  const on = some();
  return {
    ...(random.chance(0.3) && { retryOn: some().filter((reason) => reason !== "rate_limit") }),
    ...(random.chance(0.3) &&
      on.length > 0 && { fallback: { agents: [random.pick(["y", "z"]), "w"], on } }),
    ...(isExternal && { effect: "external" as const }),
    ...(isExternal && random.chance(0.5) && { reconcile: attached(random, "reconcile") }),
    ...(isChecked && { check: randomChecks(random), retry: { ...RETRY, jitter: "none" as const } }),
    ...(source !== undefined && random.chance(0.3) && { session: { from: source.id } }),
    ...(def.loop !== undefined && random.chance(0.3) && { session: { from: def.id } }),
    ...(random.chance(0.2) && { reserve: { usd: 0.1 * random.below(4) } }),
  };
}

const RETRY = { initialDelayMs: 300, factor: 2, maxDelayMs: 1500 };

function randomChecks(random: SeededRandom): NonNullable<StepDef["check"]> {
  const that = { that: "output.n != 3", message: "it is three" };
  const wrong = { that: "output.n / 0 > 1" };
  const step = (number: number) => ({ step: attached(random, `check-${number}`) });
  return random.pick([
    [that],
    [that],
    [step(1)],
    [that, step(2)],
    [step(1), that],
    [step(1), step(2)],
    random.chance(0.2) ? [wrong] : [that],
  ]);
}

const attached = (random: SeededRandom, id: string): StepDef => ({
  id,
  name: id,
  agentId: random.pick(["x", "y", "z"]),
  task: "look",
  dependencies: [],
  parallel: true,
  retries: random.below(2),
  continueOnError: false,
  retry: { ...RETRY, jitter: "full" },
  timeout: 1 + random.below(2000),
});

/** What a run does at its end. */
export function randomHandlers(random: SeededRandom): Handlers {
  const handler = (id: string, dependencies: string[]): StepDef => ({
    id,
    name: id,
    agentId: random.pick(["x", "y", "z"]),
    task: "clean",
    dependencies,
    parallel: true,
    retries: random.below(2),
    continueOnError: random.chance(0.3),
    retry: { ...RETRY, jitter: "full" },
    timeout: 1 + random.below(2000),
    ...(random.chance(0.3) && {
      if: random.pick(["run.status == 'failed'", "run.reason == null", "size(run.failed) > 0"]),
    }),
  });
  const list = (first: string): StepDef[] =>
    random.chance(0.3) ? [handler(first, []), handler("next", [first])] : [handler(first, [])];
  return {
    ...(random.chance(0.7) && { failure: list("report") }),
    ...(random.chance(0.7) && { always: list("clean") }),
  };
}

const randomThresholds = (random: SeededRandom): NonNullable<Budget["at"]> =>
  random.pick([
    [{ percent: 100, action: "fail" }],
    [{ percent: 50, action: "pause" }],
    [
      { percent: 80, action: "warn" },
      { percent: 30, action: "pause" },
      { percent: 60, action: "pause" },
    ],
    [
      { percent: 40, action: "pause" },
      { percent: 90, action: "fail" },
    ],
  ]);

/** What a run may use, and what limits its agents. */
export function randomMoney(random: SeededRandom): Pick<RunPolicy, "budget" | "agentLimits"> {
  const isLimited = random.chance(0.5);
  return {
    ...(isLimited && {
      budget: {
        ...random.pick([
          { usd: random.between(1, 8) / 10 },
          { tokens: random.between(1, 8) * 50 },
          { usd: random.between(1, 8) / 10, tokens: random.between(1, 8) * 50 },
          {},
        ]),
        ...(random.chance(0.3) && { launches: random.between(1, 12) }),
        ...(random.chance(0.5) && { unmetered: "pause" as const }),
        ...(random.chance(0.2) && { wallMs: random.between(0, 4000) }),
        ...(random.chance(0.3) && { at: randomThresholds(random) }),
      },
    }),
    ...(random.chance(0.5) && {
      agentLimits: {
        x: {
          ...(random.chance(0.4) && { rate: { count: random.between(1, 3), windowMs: 900 } }),
          ...(random.chance(0.5) && { scope: "shared" }),
        },
        y: {
          ...(random.chance(0.5) && { scope: "shared" }),
          ...(random.chance(0.3) && { reserve: { usd: 0.2, tokens: 40 } }),
        },
      },
    }),
  };
}
