import type { PreparedWorkflow } from "@automatosx/workflow";
import { type Instance, Interpreter } from "../language/index.js";
import type { PlayedChild } from "./answer.js";
import { cannedAnswer, cannedContext, cannedInputs } from "./canned-answers.js";
import { rootNames } from "./root-names.js";
import { sampleOfSchema } from "./sample-of-schema.js";

/** How often a child run that waits is answered. One that still waits gives no outputs. */
const MAX_ANSWERS = 100;

/** The child runs of a workflow as played without faults, by the hashes of their definitions. */
export function playedChildren(
  children: ReadonlyMap<string, PreparedWorkflow>,
): (hash: string) => PlayedChild {
  const played = new Map<string, unknown>();
  return (hash) => (given) => {
    const child = children.get(hash);
    if (child === undefined) return undefined;
    const key = `${hash} ${JSON.stringify(given)}`;
    if (!played.has(key)) played.set(key, play(child, given));
    return played.get(key);
  };
}

/** Plays a child run in which every agent succeeds and every question is answered. */
function play(prepared: PreparedWorkflow, given: unknown): unknown {
  const { definition, children } = prepared;
  const { id, name, version, steps, outputs, budget, on } = definition;
  const inputs = { ...cannedInputs(definition), ...(given as object) };
  const { context, ...roots } = rootNames({
    ...{ prepared, inputs },
    context: cannedContext(definition),
  });
  const answer = cannedAnswer(definition, playedChildren(children));
  const interpreter = new Interpreter(
    {
      ...{ id, name, version, steps },
      ...(outputs !== undefined && { outputs }),
      ...(budget !== undefined && { budget }),
      ...(on !== undefined && { on }),
    },
    {
      ...{ inputs: roots.inputs, context, roots },
      launch: ({ path, previousResults, with: inner }) => ({
        result: answer(path, previousResults, { restores: 0, given: inner }),
      }),
    },
  );
  let end = interpreter.run();
  for (let count = 0; end === undefined && count < MAX_ANSWERS; count += 1) {
    for (const instance of [...interpreter.waitsFor]) answerOne(interpreter, instance);
    end = interpreter.run();
  }
  if (end?.status !== "completed") return undefined;
  if (outputs !== undefined) return end.outputs;
  return Object.fromEntries(
    steps.map((step) => [step.id, interpreter.at(step.id)?.result ?? null]),
  );
}

function answerOne(interpreter: Interpreter, instance: Instance): void {
  const { path, def, signal, status, attemptNumber } = instance;
  if (signal !== undefined) {
    interpreter.signal(signal, sampleOfSchema(def.wait?.form ?? {}, path));
    return;
  }
  const sample = sampleOfSchema(def.gate?.form ?? { type: "object" }, path);
  const isUnknown = status === "unknown";
  interpreter.answer(path, attemptNumber, {
    approved: true,
    values: isUnknown ? { done: true, result: sampleOfSchema(def.output, path) } : Object(sample),
  });
}
