import { z } from "zod";
import { MAX_CHOICES, MAX_EXIT_CODES, MAX_FAN_OUT, MAX_ROUNDS } from "./definition-limits.js";
import { described } from "./described.js";
import { durationOf } from "./duration.schema.js";
import { extensible } from "./extensible.js";
import { Identifier } from "./identifier.schema.js";

export const text = z.string().min(1);

/** Which outcomes of a dependency let a step start. */
export const JoinMode = z.enum(["ok", "ok-or-skipped", "done"]);
/** Which outcomes of all dependencies of a step let it start. */
export const StepJoin = z.enum(["ok", "ok-or-skipped", "done", "any"]);

/** An expression, with or without `${{ }}` around it. */
export const expression = z.string().min(1);
/** A condition may also be the word itself. */
export const condition = z.union([text, z.boolean()], {
  error: "expected an expression, true or false",
});
export const concurrency = z.int().min(1).max(MAX_FAN_OUT);
// A text with a template is not an expression, so a number would be a mistake in each of them.
const variables = z.record(z.string(), z.string());

export const WrittenChoice = extensible(
  z.strictObject({
    from: expression.describe("The expression that gives the id of the agent: `item`."),
    oneOf: described(
      z.array(Identifier).min(1).max(MAX_CHOICES),
      "Every agent that `from` may give. Each is checked before a run starts.",
    ),
  }),
).meta({
  id: "Choice",
  description:
    "An agent that is chosen when the step starts. Example: `{ from: item, oneOf: [a, b] }`.",
});

export const WrittenTaskFile = extensible(
  z.strictObject({
    file: text.describe(
      "Path of a text file, relative to the workflow file. It is read once, with the workflow.",
    ),
  }),
).meta({
  id: "TaskFile",
  description: "A task in a file of its own. Example: `{ file: prompts/design.md }`.",
});

export const WrittenEdge = z
  .record(z.string().min(1), JoinMode)
  .meta({ description: "Dependencies with a mode each. Example: `{ review: ok-or-skipped }`." });

export const WrittenForeach = extensible(
  z.strictObject({
    in: described(
      z.union([expression, z.array(z.unknown())], { error: "expected an expression or a list" }),
      "The items: an expression that gives a list, or a list.",
    ),
    key: described(expression.optional(), "Same as the step's `key`."),
    as: described(text.optional(), "Same as the step's `as`."),
    concurrency: described(concurrency.optional(), "Same as the step's `concurrency`."),
  }),
).meta({ id: "Foreach", description: "The items of a fan-out and how to treat them." });

export const WrittenLoop = extensible(
  z.strictObject({
    max: described(
      z.int().min(1).max(MAX_ROUNDS),
      `The maximum number of rounds, 1 to ${MAX_ROUNDS}.`,
    ),
    until: described(
      condition.optional(),
      "The expression that ends the loop when it is true after a round. Without it there are " +
        "exactly `max` rounds. Example: `steps.test.output.passed`.",
    ),
    every: described(
      durationOf(0).optional(),
      "How long to wait between two rounds: `30s`, or milliseconds. Default 0.",
    ),
    onMax: described(
      z.enum(["fail", "continue"]).optional(),
      "What happens when `until` is still false after the last round: `fail` (default) fails " +
        "the step; `continue` completes it.",
    ),
  }),
).meta({
  id: "Loop",
  description: "Rounds of the step, or of its inner `steps`. Example: `{ max: 3, until: … }`.",
});

export const WrittenRun = extensible(
  z.strictObject({
    command: described(
      z.array(text).min(1).optional(),
      "The program and its arguments, one entry each. No shell is involved.",
    ),
    script: described(
      text.optional(),
      "The text of a script. It must not contain `${{ }}`: pass values in `env`, so that a " +
        "value is never read as code.",
    ),
    shell: described(
      z.array(text).min(1).optional(),
      "The program that runs `script`; the path of the script is its last argument. Default " +
        "`[sh, -eu]`.",
    ),
    env: described(
      variables.optional(),
      "Variables of its environment, by name; `${{ }}` is replaced with values, and `${{ " +
        "secrets.NAME }}` with a secret. Values are strings, so quote numbers.",
    ),
    dir: described(
      text.optional(),
      "Folder in which it runs, relative to the folder of the run. `${{ }}` is replaced.",
    ),
    input: described(z.string().optional(), "Its standard input. `${{ }}` is replaced."),
    okExitCodes: described(
      z.array(z.int().min(0).max(255)).min(1).max(MAX_EXIT_CODES).optional(),
      "Exit codes that complete the step. Default: only 0. With several, the output is `{ " +
        "stdout, exitCode }`.",
    ),
  }),
).meta({
  id: "Run",
  description: "A program (`command`) or a script (`script`) in place of an agent.",
});
