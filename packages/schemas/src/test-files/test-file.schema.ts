import { z } from "zod";
import { extensible } from "../extensible.js";
import { Identifier } from "../identifier.schema.js";
import { Action } from "./action.schema.js";
import { Behaviour } from "./behaviour.schema.js";
import { byStep, Expectation, StepPath, StepState } from "./expectation.schema.js";

const text = z.string().min(1);
const count = z.int().min(0);

/** An issue that a file must have. */
const ExpectedIssue = extensible(
  z.strictObject({
    code: z
      .string()
      .regex(/^AXW\d{4}$/, { error: "expected a code such as AXW1101" })
      .describe("The code of the issue."),
    line: z.int().min(1).describe("Its line, from 1."),
    column: z.int().min(1).describe("Its column, from 1."),
    at: z.string().describe("The text at that place."),
    severity: z.enum(["error", "warning"]).optional().describe("Default `error`."),
  }),
);
export type ExpectedIssue = z.output<typeof ExpectedIssue>;

/** The actual outcome of an attempt that a kill interrupted. */
const UnknownOutcome = extensible(
  z.strictObject({
    done: z.boolean().describe("Whether the attempt took effect."),
    result: z.unknown().optional().describe("Its result, if it did."),
  }),
);
export type UnknownOutcome = z.output<typeof UnknownOutcome>;

const Agents = z.record(z.union([z.literal("*"), Identifier]), Behaviour);
const values = z.record(z.string(), z.unknown());

const caseKeys = {
  id: text.describe("The name of the case."),
  construct: text.optional().describe("What the case is about."),
  title: text.optional().describe("The fact that it shows."),
  files: z
    .record(text, text)
    .optional()
    .describe("Files that the workflow names: the file of each path, as it is written there."),
  inputs: values.optional().describe("The inputs of the run."),
  context: values.optional().describe("The context of the run."),
  secrets: z.record(text, z.string()).optional().describe("The secrets that the host knows."),
  agents: Agents.optional().describe("The behaviours of the agents; `*` for all others."),
  unknown: z
    .record(StepPath, UnknownOutcome)
    .optional()
    .describe(
      "With --chaos: the outcomes of external steps whose attempts a kill interrupts, by path " +
        "or id.",
    ),
  do: z
    .array(Action)
    .min(1)
    .optional()
    .describe("What happens, in order. Default: the run is started."),
  expect: Expectation.optional().describe("What must hold at the end."),
  invalid: z
    .array(ExpectedIssue)
    .optional()
    .describe("Instead of `do` and `expect`: every issue of the workflow file, in order."),
};

type CaseShape = { readonly [key: string]: unknown };

function checkCase(value: CaseShape, report: (message: string, path: string[]) => void): void {
  if (Object.hasOwn(value, "invalid")) {
    for (const key of ["do", "expect"])
      if (Object.hasOwn(value, key)) report(`\`${key}\` contradicts \`invalid\``, [key]);
  } else if (!Object.hasOwn(value, "expect")) report("this case expects nothing", []);
}

/** One case of an index: a workflow file, and what must happen. */
const IndexedCase = extensible(
  z
    .strictObject({ ...caseKeys, file: text.describe("The workflow file.") })
    .check(({ value, issues }) =>
      checkCase(value, (message, path) =>
        issues.push({ code: "custom", input: value, message, path, params: { rule: "one_case" } }),
      ),
    ),
);

/** An index of cases: JSON, each with its own workflow file. */
export const TestIndex = extensible(
  z.strictObject({
    format: z.literal(1).describe("The version of this format."),
    see: z.string().optional().describe("Where the format is described."),
    cases: z.array(IndexedCase).min(1).describe("The cases."),
  }),
);
export type TestIndex = z.output<typeof TestIndex>;

/** A case of a test file, which may leave out the workflow file. */
const Case = extensible(
  z
    .strictObject({
      ...caseKeys,
      file: text.optional().describe("The workflow file. Default: `workflow` of the test file."),
    })
    .check(({ value, issues }) =>
      checkCase(value, (message, path) =>
        issues.push({ code: "custom", input: value, message, path, params: { rule: "one_case" } }),
      ),
    ),
);

/** A test file as written: the workflow, and its cases. */
export const TestFile = extensible(
  z.strictObject({
    workflow: text.describe("The workflow file, relative to this file."),
    cases: z.array(Case).min(1).describe("The cases."),
  }),
);
export type TestFile = z.output<typeof TestFile>;
export type TestCase = TestIndex["cases"][number];

/** One scenario of a workflow: JSON, in a file `NAME.expect.json`. */
export const Scenario = extensible(
  z.strictObject({
    format: z.literal(1).describe("The version of this format."),
    workflow: text.describe("The workflow file, relative to this file."),
    title: text.optional().describe("What the scenario shows."),
    source: z
      .record(z.string(), z.string())
      .optional()
      .describe("Where the workflow comes from: repository, path, licence."),
    readings: z.array(text).optional().describe("The constructs that the workflow needs."),
    includes: z
      .record(text, text)
      .optional()
      .describe("The files that the workflow includes: the file of each path as written."),
    inputs: values.optional().describe("The inputs of the run."),
    context: values.optional().describe("The context of the run."),
    agents: Agents.describe("The behaviours of the agents; every one that is launched."),
    answers: z
      .array(extensible(z.strictObject({ step: StepPath, values: values.optional() })))
      .optional()
      .describe("The answers to gates, in order."),
    expect: extensible(
      z.strictObject({
        status: z.enum(["completed", "failed", "cancelled"]).describe("How the run ends."),
        reason: z.string().optional().describe("The reason of the stop that ended it, if any."),
        steps: byStep(StepState).describe("Every step of the run, with its status."),
        launches: z.record(text, count).describe("How often each agent was launched: all agents."),
        order: z
          .array(z.tuple([StepPath, StepPath]))
          .optional()
          .describe("Pairs of steps: the first has ended before the second starts."),
        tasks: byStep(z.string()).optional().describe("The rendered tasks of these steps."),
        sessions: byStep(StepPath)
          .optional()
          .describe("The step whose conversation each of these steps continues."),
        mostAtOnce: z
          .record(text, count)
          .optional()
          .describe("The most attempts of these agents that may be in flight at once."),
        outputs: values.optional().describe("All outputs of the run; absent if it has none."),
      }),
    ).describe("What must hold at the end."),
  }),
);
export type Scenario = z.output<typeof Scenario>;
