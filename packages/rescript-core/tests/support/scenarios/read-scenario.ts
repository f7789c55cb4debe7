import type { Handlers, RunPolicy, StepDef } from "../../../src/index.js";
import { step } from "../machines.js";

/** A scenario file: its title, the workflow it is about, and its lines without the answers. */
export interface Scenario {
  readonly title: string;
  readonly steps: readonly StepDef[];
  /** The steps of the definition that `definition_changed` brings. */
  readonly amended: readonly StepDef[];
  readonly policy: RunPolicy;
  /** The outputs of the workflow, if it has any. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Its handlers, if it has any. */
  readonly handlers?: Handlers;
  /** Every handwritten line: prose, definitions, commands, blank lines. */
  readonly lines: readonly string[];
}

/** Reads a scenario. Indented lines are answers, which the runner writes, so they are omitted. */
export function readScenario(text: string): Scenario {
  const lines = text.trimEnd().split("\n");
  const written = lines.filter((line) => !line.startsWith(" "));
  const [title = ""] = written;
  if (!title.startsWith("# "))
    throw new Error(
      `A scenario begins with a title line, \`# Title\`; one begins with "${title}".`,
    );
  const outputs = argumentsOf(written, "output").map(readOutput);
  const handlers = readHandlers(written);
  return {
    ...(outputs.length > 0 && { outputs: Object.fromEntries(outputs) }),
    ...(handlers !== undefined && { handlers }),
    title: title.slice(2),
    steps: argumentsOf(written, "step").map(readStep),
    amended: argumentsOf(written, "amended").map(readStep),
    policy: Object.assign({}, ...argumentsOf(written, "policy").map(readPolicy)),
    lines: written,
  };
}

const argumentsOf = (lines: readonly string[], word: string): string[] =>
  lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

// `build after a b, retries 2, delay 1000`: an id, then traits separated by commas.
function readStep(text: string): StepDef {
  const [head = "", ...traits] = text.split(", ");
  const [id = "", after, ...dependencies] = head.split(" ");
  if (after !== undefined && after !== "after") throw new Error(`Expected \`after\`: step ${text}`);
  return step(id, Object.assign({ dependencies }, ...traits.map(readTrait)));
}

// `failure report, agent x` and `always clean`: a step of `on.failure` and one of `on.always`.
function readHandlers(lines: readonly string[]): Handlers | undefined {
  const failure = argumentsOf(lines, "failure").map(readStep);
  const always = argumentsOf(lines, "always").map(readStep);
  if (failure.length + always.length === 0) return undefined;
  return {
    ...(failure.length > 0 && { failure }),
    ...(always.length > 0 && { always }),
  };
}

const TRAITS: Readonly<Record<string, (value: string) => Partial<StepDef>>> = {
  agent: (agentId) => ({ agentId }),
  checkpoint: (checkpoint) => ({ checkpoint }),
  continueOnError: () => ({ continueOnError: true }),
  delay: (ms) => ({
    retry: { initialDelayMs: Number(ms), factor: 2, maxDelayMs: 60_000, jitter: "none" },
  }),
  done: (id) => ({ joins: { [id]: "done" } }),
  foreach: (items) => ({ foreach: { in: items.split(" "), as: "item" } }),
  if: (condition) => ({ if: condition }),
  loop: readLoop,
  retries: (count) => ({ retries: Number(count) }),
  // `set gate {"ask":"Go?"}`: a field of the definition as JSON without spaces.
  set: (text) => {
    const [name = "", ...value] = text.split(" ");
    return { [name]: JSON.parse(value.join(" ")) };
  },
  serial: () => ({ parallel: false }),
  timeout: (ms) => ({ timeout: Number(ms) }),
};

// `loop 3 every 1000 until steps.poll.output.ready`.
function readLoop(text: string): Partial<StepDef> {
  const [max = "", ...words] = text.split(" ");
  const every = words[0] === "every" ? Number(words[1]) : undefined;
  const until = words.slice(words.indexOf("until") + 1).join(" ");
  const everyMs = every === undefined ? {} : { everyMs: every };
  return { loop: { max: Number(max), until, onMax: "fail", ...everyMs } };
}

function readTrait(text: string): Partial<StepDef> {
  const [name = "", ...words] = text.split(" ");
  const read = TRAITS[name];
  if (read === undefined) throw new Error(`A step has no trait \`${name}\`.`);
  return read(words.join(" "));
}

// `total ${{ steps.a.output }}`.
function readOutput(text: string): [name: string, template: string] {
  const [name = "", ...words] = text.split(" ");
  return [name, words.join(" ")];
}

// `concurrency 2`, `checkpointEvery 1`, `agent x 1`, or `budget {"usd":1}`.
function readPolicy(text: string): RunPolicy {
  const [name = "", ...values] = text.split(" ");
  if (name === "agent") return { agentConcurrency: { [values[0] ?? ""]: Number(values[1]) } };
  return { [name]: JSON.parse(values.join(" ")) };
}
