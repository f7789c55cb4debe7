import type { AgentPort, AgentRequest, PreparedWorkflow } from "@automatosx/workflow";
import { agentFailure } from "../agent-failure.js";
import { Choices } from "./Choices.js";
import { generateValue } from "./generate-value.js";

type Definition = PreparedWorkflow["definition"];

/** The members of a simulated result that mark it as one. */
const MARKS: ReadonlySet<string> = new Set(["simulated", "agentId", "stepId", "summary"]);

/** What an attempt is answered with, and the seed of it. */
export interface GeneratedAnswer {
  /** The path of the step. */
  readonly stepId: string;
  readonly result: unknown;
}

/**
 * Generates the answers of agents, of people and of programs from the schemas of a workflow. The
 * same seed generates the same answers.
 */
export class Generator {
  readonly seed: number;
  /** Every answer of an agent so far, oldest first. */
  readonly answers: GeneratedAnswer[] = [];
  #definition: Definition | undefined;
  /** Writes the files that a step declares, and makes the fields that expressions read. */
  #writer: AgentPort | undefined;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** Sets the workflow whose steps are answered. */
  about(definition: Definition): void {
    if (this.#definition !== definition) this.#writer = undefined;
    this.#definition = definition;
  }

  /** Answers one launch. `number`: launches of this step so far, with this one. */
  async answer(request: AgentRequest, number: number): Promise<unknown> {
    const result = await this.#resultOf(request, `${request.stepId}@${number}`);
    this.answers.push({ stepId: request.stepId, result });
    return result;
  }

  /** Returns the answer to a form of a step. Without a form, it has what expressions read of it. */
  async fill(form: unknown, stepId: string, place: string): Promise<unknown> {
    if (form !== undefined) return generateValue(form, place, this.seed);
    const writer = await this.#loaded();
    const { signal } = new AbortController();
    const about = { stepId, agentId: "", task: "", attemptNumber: 1, signal, log: () => undefined };
    return this.#withoutMarks(await writer.execute(about as unknown as AgentRequest), place);
  }

  /** Returns one of the options for a place. */
  pick<T>(options: readonly [T, ...T[]], place: string): T {
    return new Choices(this.seed).pick(options, place);
  }

  async #resultOf(request: AgentRequest, place: string): Promise<unknown> {
    const { stepId, schema, run } = request;
    const writer = await this.#loaded();
    const simulated = await writer.execute(request);
    if (schema !== undefined) {
      const value = generateValue(schema, place, this.seed);
      if (value !== undefined) return value;
      throw agentFailure("No value that fits the `output` of the step was found.", {
        class: "fatal",
      });
    }
    if (run !== undefined) return this.#printed(run.okExitCodes, place);
    if (/:check-\d+$/u.test(stepId))
      return { pass: this.pick([true, false], place), reason: `generated for ${stepId}` };
    if (stepId.endsWith(":reconcile")) return { done: this.pick([true, false], place) };
    return this.#withoutMarks(simulated, place);
  }

  /** Returns what expressions read of a result. If they read nothing in it, it is a text. */
  #withoutMarks(simulated: unknown, place: string): unknown {
    const text = { type: "string" };
    const read = fieldsOf(simulated);
    if (read !== undefined) return read;
    const schema = Array.isArray(simulated) ? { type: "array", minItems: 1, items: text } : text;
    return generateValue(schema, place, this.seed);
  }

  // Most cases generate nothing, so that the package of agents is not loaded for them.
  async #loaded(): Promise<AgentPort> {
    const { simulatedAgent } = await import("@automatosx/agents");
    const definition = this.#definition;
    this.#writer ??= simulatedAgent({
      workflow: definition ?? { steps: [] },
    });
    return this.#writer;
  }

  #printed(okExitCodes: readonly number[] = [0], place: string): unknown {
    const stdout = generateValue({ type: "string" }, place, this.seed);
    const [first = 0, ...others] = okExitCodes;
    if (others.length === 0) return stdout;
    return { stdout, exitCode: this.pick([first, ...others], `${place}:exit`) };
  }
}

/** Returns a result without its marks; undefined if it, or an item of it, has nothing else. */
function fieldsOf(simulated: unknown): unknown {
  if (Array.isArray(simulated)) {
    const items = simulated.map(fieldsOf);
    return items.includes(undefined) ? undefined : items;
  }
  if (typeof simulated !== "object" || simulated === null) return undefined;
  const read = Object.entries(simulated).filter(([name]) => !MARKS.has(name));
  return read.length === 0 ? undefined : Object.fromEntries(read);
}
