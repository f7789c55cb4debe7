import { z } from "zod";
import { described } from "./described.js";
import { durationOf } from "./duration.schema.js";
import { extensible } from "./extensible.js";

/** How long a program may take to exit after SIGTERM before it is killed, by default. In ms. */
export const DEFAULT_GRACE_MS = 5000;

/** Programs whose command line is known, so that a definition can omit it. */
export const AgentPreset = z.enum(["claude", "codex", "gemini", "simulated"]);
export type AgentPreset = z.output<typeof AgentPreset>;

const text = z.string().min(1);
const Environment = z.record(
  z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "expected the name of an environment variable" }),
  z.string().nullable(),
);

const written = {
  cwd: text.describe("Folder in which the program runs. Default: the run's folder."),
  env: Environment.describe(
    "Environment variables for the program, by name. Values are strings, so quote numbers. " +
      "`null` removes a variable that the program would inherit.",
  ),
  timeout: described(
    durationOf(1),
    "Time limit of one attempt with this agent: `20m`, or milliseconds. A step's own timeout " +
      "applies as well.",
  ),
  grace: described(
    durationOf(0),
    "Time between sending the program SIGTERM and killing it: `5s`, or milliseconds. Default 5s.",
  ),
};

const WrittenProcessAgent = extensible(
  z.strictObject({
    command: described(
      z.array(text).min(1),
      "The program and its arguments, one entry each. No shell is involved.",
    ),
    cwd: written.cwd.exactOptional(),
    env: written.env.exactOptional(),
    input: described(
      z.enum(["task", "json"]).default("task"),
      "Content of the program's standard input: the text of the task, or the whole request " +
        "as JSON.",
    ),
    output: described(
      z.enum(["text", "json"]).default("text"),
      "Format of the program's standard output: text (the result is that text) or JSON (the " +
        "result is the parsed value).",
    ),
    timeout: written.timeout.exactOptional(),
    grace: written.grace.exactOptional(),
    okExitCodes: described(
      z.array(z.int().min(0).max(255)).min(1).exactOptional(),
      "Exit codes that count as success. Default: only 0.",
    ),
  }),
).meta({
  id: "ProcessAgent",
  description: "An agent that is a command-line program. The key `command` identifies this kind.",
});

const WrittenPresetAgent = extensible(
  z.strictObject({
    preset: AgentPreset.describe(
      "A program with a known command line: claude, codex or gemini. `simulated` runs no " +
        "program and returns made-up results.",
    ),
    args: described(
      z.array(z.string()).exactOptional(),
      "Arguments added to the program's own, one entry each.",
    ),
    cwd: written.cwd.exactOptional(),
    env: written.env.exactOptional(),
    timeout: written.timeout.exactOptional(),
    grace: written.grace.exactOptional(),
  }),
).meta({
  id: "PresetAgent",
  description: "An agent that is a well-known program. The key `preset` identifies this kind.",
});

/**
 * An agent as written. One key identifies each kind: `command` a process, `preset` a known program.
 * (`url` and `model` are reserved for future kinds.)
 */
export const WrittenAgent = z.union([WrittenProcessAgent, WrittenPresetAgent], {
  error:
    "expected `command` (a program and its arguments) or `preset` (claude, codex, gemini or " +
    "simulated)",
});
export type WrittenAgent = z.input<typeof WrittenAgent>;

/** A program to run, normalised. Durations in ms. */
export const ProcessAgentDefinition = z
  .strictObject({
    type: z.literal("process"),
    command: z.array(text).min(1),
    cwd: text.exactOptional(),
    env: Environment,
    input: z.enum(["task", "json"]),
    output: z.enum(["text", "json"]),
    timeout: z.number().exactOptional(),
    grace: z.number(),
    okExitCodes: z.array(z.int().min(0).max(255)),
  })
  .readonly();
export type ProcessAgentDefinition = z.output<typeof ProcessAgentDefinition>;

/** A known program with additional arguments, normalised. Durations in ms. */
export const PresetAgentDefinition = z
  .strictObject({
    type: z.literal("preset"),
    preset: AgentPreset,
    args: z.array(z.string()),
    cwd: text.exactOptional(),
    env: Environment,
    timeout: z.number().exactOptional(),
    grace: z.number(),
  })
  .readonly();
export type PresetAgentDefinition = z.output<typeof PresetAgentDefinition>;

/** An agent of a normalised workflow. */
export const AgentDefinition = z.union([ProcessAgentDefinition, PresetAgentDefinition]);
export type AgentDefinition = z.output<typeof AgentDefinition>;
