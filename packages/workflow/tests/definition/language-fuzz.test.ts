import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { fixDefinition, WorkflowParser } from "../../src/index.js";

const FILES: Readonly<Record<string, string>> = {
  "/flows/p.yaml":
    "id: p\ninputs: { a: string, b: { enum: [1, x], default: 1 }, c: { type: array, required: false } }\n" +
    "steps: [{ id: a, agentId: w, task: t }]\noutputs: { a: '${{ steps.a.output }}' }\n",
  "/flows/q.yaml": "id: q\nsteps: [{ id: b, include: p.yaml, with: { a: x } }]\n",
  "/flows/wrong.yaml": "id: q\nsteps: [{ id: b, include: wrong.yaml, tsk: x }]\n",
};
const readFile = (path: string): Uint8Array => {
  const text = FILES[path];
  if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  return Buffer.from(text);
};
const parser = new WorkflowParser({ base: "/flows", readFile });

const EXPRESSIONS = [
  "true",
  "steps.a.output.kind == 'x'",
  "steps.b.output",
  "steps.c.status != 'skipped'",
  "steps.d.output.items.map(x, x.name)",
  "has(steps.a.output.note) && steps.a.output.note == 'x'",
  "default(previous.a, 'none')",
  "inputs.list",
  "inputs.mode in ['p', 'q']",
  "item.name + string(index)",
  "size(item) > round",
  "context.k[0]['a b']",
  "!inputs.ok",
  "inputs.n / 0 > 1",
  "if(inputs.ok, 1, 'x')",
  "xs.filter(x, x > 1",
  "a ? b : c",
  "secrets.TOKEN",
  "run.dir",
  "steps",
  "steps.a",
  "'é' == \"\\u00e9\"",
  "output != ''",
  "run.status == 'failed'",
  "run.failed.map(f, f.id)",
  "2027-01-31T08:00:00Z",
  "",
];
const TEXTS = [
  ...EXPRESSIONS,
  ...EXPRESSIONS.map((text) => `\${{ ${text} }}`),
  ...EXPRESSIONS.map((text) => `see \${{ ${text} }} and $\${{ x }} # ${text}`),
  "echo '${{ inputs.mode }}' \"${{ steps.a.output }}\"",
  "{{ inputs.mode }} ${steps.a.output} $b.output",
];
const text = fc.constantFrom(...TEXTS);
const id = fc.constantFrom("a", "b", "c", "d", "e", "f", "constructor");
const json = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }), fc.dictionary(id, text, { maxKeys: 2 }));
const schema = fc.constantFrom<unknown>(
  { type: "string" },
  { type: "object", required: ["kind"], properties: { kind: { enum: ["x", "y"] } } },
  { type: "object", properties: { note: { type: ["string", "null"] } } },
  { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
  { enum: [1, "x", true] },
  { type: "number", format: "x" },
  { a: "string" },
  "string",
  null,
);

/** A map with some of these keys. */
const some = (keys: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(keys, { requiredKeys: [], noNullPrototype: true });
const duration = fc.constantFrom("10m", "1s", 5, 0, -1, "soon", null);
const classes = fc.constantFrom("error", ["timeout", "fatal"], "all", ["x"], [], 1);
const amounts = some({
  usd: fc.constantFrom(1, 0.5, -1, "$8"),
  tokens: fc.constantFrom(10, 1.5, "2_000"),
});
const attached = some({
  that: text,
  message: text,
  agentId: id,
  task: text,
  run: fc.array(text, { maxLength: 2 }),
  output: schema,
  files: fc.constant(["a.md"]),
  timeout: duration,
});
const form = fc.oneof(
  schema,
  fc.dictionary(id, fc.constantFrom<unknown>("string", "int?", "any", ["x"], [], 1), {
    maxKeys: 2,
  }),
  fc.constant({ approved: "boolean" }),
);
/** The keys of a step that waits, fails or costs. */
const waiting = {
  gate: fc.oneof(
    text,
    some({
      ask: text,
      show: json,
      form,
      expires: duration,
      onExpire: fc.constantFrom("approve", "skip", "x"),
      onReject: fc.constantFrom("continue", "x"),
      to: fc.array(id, { maxLength: 2 }),
    }),
  ),
  wait: fc.oneof(
    duration,
    some({ for: duration, until: text, signal: text, form, timeout: duration, onTimeout: id }),
  ),
  stop: fc.oneof(
    fc.constant(true),
    some({ as: fc.constantFrom("completed", "failed", "success"), reason: text }),
  ),
  include: fc.constantFrom("p.yaml", "./q.yaml", "wrong.yaml", "../x.yaml", "library:x", "", 1),
  workflow: fc.constantFrom("./p.yaml", "q.yaml", "none.yaml"),
  session: fc.oneof(id, some({ from: id })),
  fallback: fc.oneof(
    id,
    fc.array(id, { maxLength: 2 }),
    some({ agents: fc.array(id), on: classes }),
  ),
  check: fc.oneof(text, attached, fc.array(attached, { maxLength: 2 })),
  effect: fc.constantFrom("external", "pure", "workspace", "side-effect", 1),
  reconcile: attached,
  reserve: fc.oneof(fc.constant(1), amounts),
  timeout: fc.oneof(duration, some({ attempt: duration, idle: duration, total: duration })),
  retry: some({ max: fc.constantFrom(1, -1), on: classes }),
};

/** A step with at most two of the keys that wait, fail or cost. */
const withFew = (step: fc.Arbitrary<object>): fc.Arbitrary<unknown> =>
  fc
    .tuple(step, fc.subarray(Object.keys(waiting), { maxLength: 2 }), fc.record(waiting))
    .map(([base, keys, values]) => ({
      ...base,
      ...Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key))),
    }));

interface Shapes {
  readonly step: unknown;
  readonly steps: unknown[];
}

const { steps } = fc.letrec<Shapes>((tie) => ({
  steps: fc.array(tie("step"), { maxLength: 4, depthIdentifier: "steps" }),
  step: withFew(
    fc.record(
      {
        id,
        agentId: fc.oneof(
          fc.constant("w"),
          fc.record({ from: text, oneOf: fc.array(id, { maxLength: 2 }) }),
        ),
        task: text,
        dependencies: fc.array(
          fc.oneof(
            id,
            fc.dictionary(id, fc.constantFrom("ok", "done", "ok-or-skipped", "x"), { maxKeys: 2 }),
          ),
          { maxLength: 3 },
        ),
        join: fc.constantFrom("any", "done", "ok", "x"),
        if: fc.oneof(text, fc.boolean(), fc.constant(1)),
        continueOnError: fc.boolean(),
        foreach: fc.oneof(text, fc.array(json, { maxLength: 2 }), fc.record({ in: text, as: id })),
        key: text,
        loop: fc.record({ max: fc.integer({ min: 0, max: 3 }), until: text }, { requiredKeys: [] }),
        run: fc.oneof(
          fc.array(text, { maxLength: 3 }),
          fc.record(
            { script: text, env: fc.dictionary(id, text, { maxKeys: 2 }) },
            { requiredKeys: [] },
          ),
        ),
        with: fc.dictionary(id, json, { maxKeys: 2 }),
        files: fc.array(text, { maxLength: 2 }),
        output: schema,
        outputs: fc.dictionary(id, json, { maxKeys: 2 }),
        order: fc.constantFrom("listed", "x"),
        steps: fc.option(tie("steps"), { depthIdentifier: "steps", depthSize: "small" }),
      },
      { requiredKeys: ["id"], noNullPrototype: true },
    ),
  ),
}));

const workflows = fc.record(
  {
    id: fc.constant("w"),
    inputs: fc.constant({
      ok: "boolean",
      mode: { enum: ["p", "q"] },
      n: { type: "number", required: false },
      list: { type: "array", items: { type: "object" } },
    }),
    context: fc.constant({ k: ["x"] }),
    order: fc.constant("listed"),
    outputs: fc.dictionary(id, json, { maxKeys: 2 }),
    budget: some({
      usd: fc.constantFrom(1, "$8"),
      at: fc.dictionary(fc.constantFrom("80%", "100", "x"), fc.constantFrom("warn", "stop")),
      wall: duration,
    }),
    limits: some({ agents: fc.dictionary(id, some({ rate: fc.constantFrom("1/s", "x", 1) })) }),
    on: some({
      failure: fc.oneof(attached, fc.array(attached, { maxLength: 1 })),
      always: fc.array(some({ id, task: text, if: text, dependencies: fc.array(id) }), {
        maxLength: 2,
      }),
    }),
    steps,
  },
  { requiredKeys: ["id", "steps"], noNullPrototype: true },
);

/** What is wrong with the check of a text: an unexpected error, or an issue outside the text. */
function faultOf(written: string, format: "json" | "yaml"): string | undefined {
  const issues = parser.validate(written, format);
  const lineCount = written.split("\n").length;
  const lost = issues.find(
    ({ line, column, message, file }) =>
      message.includes("could not be read") ||
      line < 1 ||
      column < 1 ||
      (file === undefined && (line > lineCount || column > written.length + 2)),
  );
  return lost && `${lost.message} at ${lost.line}:${lost.column}`;
}

describe("any definition with the keys of the language", () => {
  test("is accepted, or has issues at places in its text", () => {
    fc.assert(
      fc.property(workflows, (workflow) => {
        const written = [JSON.stringify(workflow, null, 1), stringify(workflow)] as const;
        expect([faultOf(written[0], "json"), faultOf(written[1], "yaml")]).toEqual([
          undefined,
          undefined,
        ]);
      }),
      { numRuns: 120 },
    );
  });

  test("has the same issues as JSON and as YAML", () => {
    fc.assert(
      fc.property(workflows, (workflow) => {
        const codes = (written: string, format: "json" | "yaml") =>
          parser
            .validate(written, format)
            .map(({ code, path }) => `${code} ${path.join(".")}`)
            .filter((issue) => !issue.startsWith("AXW1303"))
            .sort();
        expect(codes(stringify(workflow), "yaml")).toEqual(codes(JSON.stringify(workflow), "json"));
      }),
      { numRuns: 60 },
    );
  });

  test("is fixed at once: a second time, nothing is left to fix", () => {
    fc.assert(
      fc.property(workflows, (workflow) => {
        const once = fixDefinition(stringify(workflow), { format: "yaml" });
        const twice = fixDefinition(once.text, { format: "yaml" });
        expect([twice.text, twice.applied]).toEqual([once.text, []]);
      }),
      { numRuns: 60 },
    );
  });
});
