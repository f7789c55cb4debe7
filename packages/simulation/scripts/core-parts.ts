import type { StepDef } from "@automatosx/rescript-core";
import {
  runCoreSeed,
  settingOf,
  shapesOf,
  shrinkCoreRun,
  type Traits,
  traceOf,
} from "@automatosx/simulation";
import { findBug, MAX_SEEDS, plantedBugs } from "../tests/planted/index.ts";
import { addUp, doJobs, type Job } from "./jobs.ts";
import type { Part, PartOptions, PartReport, SeedReplay } from "./part.ts";

const SEEDS = 200_000;
const SEEDS_FULL = 5_000_000;
const SEEDS_PER_JOB = 5_000;

/** Number of failures printed with their trace; for further ones, only the seed is printed. */
const MAX_TRACES = 3;

const number = (value: number): string => value.toLocaleString("en");
const seconds = (began: number): string => ((performance.now() - began) / 1000).toFixed(1);

function replaySeed(seed: number): SeedReplay {
  const report = runCoreSeed(seed);
  const setting = settingOf(seed);
  const shortest = shrinkCoreRun(setting, report);
  const title =
    report.failure === undefined
      ? `seed ${seed}: ${report.happened.length} choices`
      : `seed ${seed} fails after ${report.happened.length} choices; ` +
        `shrunk to ${shortest.happened.length}:`;
  return {
    lines: [title, ...traceOf(setting, shortest.happened)],
    isFailed: report.failure !== undefined,
  };
}

async function runSeeds({ full, seedCount, firstSeed = 1 }: PartOptions): Promise<PartReport> {
  const count = seedCount ?? (full ? SEEDS_FULL : SEEDS);
  const jobs = Array.from({ length: Math.ceil(count / SEEDS_PER_JOB) }, (_, index): Job => {
    const tried = index * SEEDS_PER_JOB;
    return {
      type: "seeds",
      from: firstSeed + tried,
      count: Math.min(SEEDS_PER_JOB, count - tried),
    };
  });
  const began = performance.now();
  const { triedCount, choiceCount, tally, failedSeeds } = addUp(await doJobs(jobs));
  const kinds = Object.entries(tally).toSorted(([, a], [, b]) => b - a);
  return {
    triedCount,
    failures: failedSeeds.map((seed, index) =>
      index < MAX_TRACES ? replaySeed(seed).lines.join("\n") : `seed ${seed} fails`,
    ),
    lines: [
      `${number(triedCount)} seeds, ${number(choiceCount)} choices, ${seconds(began)} s`,
      kinds.map(([kind, times]) => `${kind} ${number(times)}`).join(", "),
      "one seed, line by line: npm run sim -- --part core-seeds --seed N",
    ],
  };
}

const coreSeeds: Part = {
  name: "core-seeds",
  run: runSeeds,
  replay: (seed) => Promise.resolve(replaySeed(seed)),
};

interface Variant {
  readonly title: string;
  readonly largest: number;
  readonly largestFull: number;
  readonly traits: Traits;
  readonly withRequests?: boolean;
  /** What one step of each workflow has; it is tried at every step. */
  readonly special?: Partial<StepDef>;
  /** False if no command is given, which leaves far fewer states. */
  readonly withCommands?: boolean;
}

const variants: readonly Variant[] = [
  { title: "no limits", largest: 4, largestFull: 4, traits: {} },
  {
    title: "unrequested batch starts and ends",
    largest: 3,
    largestFull: 4,
    traits: { policy: { concurrency: 2 } },
    withRequests: true,
  },
  { title: "one at a time", largest: 3, largestFull: 4, traits: { policy: { concurrency: 1 } } },
  { title: "two at a time", largest: 3, largestFull: 4, traits: { policy: { concurrency: 2 } } },
  { title: "a serial lane", largest: 2, largestFull: 4, traits: { step: { parallel: false } } },
  {
    title: "continueOnError",
    largest: 3,
    largestFull: 4,
    traits: { step: { continueOnError: true } },
  },
  { title: "no retries", largest: 3, largestFull: 4, traits: { step: { retries: 0 } } },
  {
    title: "a checkpoint after each step",
    largest: 2,
    largestFull: 3,
    traits: { policy: { checkpointEvery: 1 } },
  },
  {
    title: "late deliveries",
    largest: 2,
    largestFull: 3,
    traits: { habits: { deliversLate: true } },
  },
  {
    title: "group commits",
    largest: 2,
    largestFull: 3,
    traits: { habits: { commitsInGroups: true } },
  },
];

const inner = (id: string): StepDef => ({
  id,
  name: id,
  agentId: "x",
  task: "work",
  dependencies: [],
  parallel: true,
  retries: 1,
  continueOnError: false,
});

const specials: Readonly<Record<string, Partial<StepDef>>> = {
  "a condition that is true": { if: "true" },
  "a condition that is false": { if: "false" },
  "a fan-out of two": { foreach: { in: ["a", "b"], as: "item" } },
  "a fan-out of two, one at a time": { foreach: { in: ["a", "b"], as: "item", concurrency: 1 } },
  "a loop of two rounds": { loop: { max: 2, onMax: "fail" } },
  "a loop with time between its rounds": { loop: { max: 2, everyMs: 500, onMax: "fail" } },
  "a group of two": { agentId: "@group", task: "", retries: 0, steps: [inner("a"), inner("b")] },
};

const gate: Partial<StepDef> = {
  agentId: "@gate",
  task: "",
  retries: 0,
  gate: { ask: "Go on?", form: { type: "object" }, onExpire: "skip", onReject: "fail" },
};

const waits: Readonly<Record<string, Partial<StepDef>>> = {
  "a gate": gate,
  "a gate that expires": {
    ...gate,
    gate: { ...gate.gate, expiresMs: 1500 } as NonNullable<StepDef["gate"]>,
  },
  "a check": { check: [{ step: inner("check-1") }] },
  "an external effect": { effect: "external" },
  "a stop": { agentId: "@stop", task: "", retries: 0, stop: { as: "failed" } },
};

const handlers = { failure: [inner("report")], always: [inner("clean")] };

/** One step of the language in each workflow: with a command up to two steps, without up to three. */
const languageVariants: readonly Variant[] = Object.entries({
  ...specials,
  ...waits,
}).flatMap(([title, special]): Variant[] => [
  { title, largest: 2, largestFull: 3, traits: {}, special },
  {
    title: `${title}; no command`,
    largest: 3,
    largestFull: 3,
    traits: {},
    special,
    withCommands: false,
  },
]);

/** Results are edited, steps reopened and workflows changed; one command on each path. */
const changeVariants: readonly Variant[] = [
  { title: "changes", largest: 2, largestFull: 3, traits: { isChanged: true } },
  ...Object.entries({ ...specials, ...waits }).map(([title, special]): Variant => {
    const traits = { isChanged: true };
    return { title: `${title}; changes`, largest: 1, largestFull: 2, traits, special };
  }),
];

const handlerVariants: readonly Variant[] = [
  { title: "handlers", largest: 1, largestFull: 2, traits: { handlers } },
  {
    title: "handlers; no command",
    largest: 2,
    largestFull: 3,
    traits: { handlers },
    withCommands: false,
  },
];

function jobsOf(variant: Variant, full: boolean): Job[] {
  const { largest, largestFull, traits, special, withRequests = false } = variant;
  const { withCommands = true } = variant;
  const sizes = Array.from({ length: full ? largestFull : largest }, (_, index) => index + 1);
  // The largest shapes first, so that the threads finish at the same time.
  return sizes
    .toReversed()
    .flatMap((size) => shapesOf(size))
    .flatMap((shape) => {
      const places = special === undefined ? [traits] : shape.map((_, at) => at);
      return places.map((place): Job => {
        const fields = typeof place === "number" && special !== undefined ? special : undefined;
        return {
          type: "shape",
          shape,
          traits:
            fields === undefined ? traits : { ...traits, special: { at: place as number, fields } },
          withRequests,
          withCommands,
        };
      });
    });
}

async function exploreAll({ full }: PartOptions): Promise<PartReport> {
  const lines: string[] = [];
  const failures: string[] = [];
  let triedCount = 0;
  const all = [...variants, ...languageVariants, ...changeVariants, ...handlerVariants];
  for (const variant of all) {
    const { title, largest, largestFull } = variant;
    const jobs = jobsOf(variant, full);
    const began = performance.now();
    const total = addUp(await doJobs(jobs));
    triedCount += total.triedCount;
    failures.push(...total.failures.slice(0, 1).map((trace) => `${title}:\n${trace}`));
    failures.push(...total.failures.slice(1).map(() => `${title}: another shape fails`));
    lines.push(
      `${title}: ${jobs.length} workflows of up to ${full ? largestFull : largest} steps, ` +
        `${number(total.triedCount)} states, ${number(total.choiceCount)} choices, ` +
        `${number(total.tally["ends"] ?? 0)} ends, ${seconds(began)} s`,
    );
  }
  return { triedCount, failures, lines };
}

const coreExhaustive: Part = { name: "core-exhaustive", run: exploreAll };

function findBugs(): PartReport {
  const found = plantedBugs.map((bug) => ({ name: bug.name, found: findBug(bug) }));
  return {
    triedCount: plantedBugs.length,
    failures: found.flatMap(({ name, found: hit }) =>
      hit === undefined ? [`not found in ${MAX_SEEDS} seeds: ${name}`] : [],
    ),
    lines: [
      `${plantedBugs.length} planted bugs, with the number of seeds needed to find each and ` +
        "the promise it broke:",
      ...found.flatMap(({ name, found: hit }) =>
        hit === undefined
          ? []
          : [`${String(hit.triedCount).padStart(5)}  ${name} (${hit.report.failure?.promise})`],
      ),
    ],
  };
}

const corePlanted: Part = { name: "core-planted", run: () => Promise.resolve(findBugs()) };

export const coreParts: readonly Part[] = [coreSeeds, coreExhaustive, corePlanted];
