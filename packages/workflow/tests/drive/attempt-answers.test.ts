import { hash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AttemptOptions } from "../../src/drive/AttemptOptions.js";
import type { AttemptRequest } from "../../src/drive/attempt-request.js";
import type { Outcome } from "../../src/drive/outcome.js";
import { performAttempt } from "../../src/drive/perform-attempt.js";
import { type Agent, AgentError, type AgentRequest, agentReply } from "../../src/index.js";
import { systemPorts } from "../../src/ports.js";
import { performRunStep } from "../../src/programs/run-step.js";

const request: AttemptRequest = {
  runId: "r",
  workflowId: "w",
  stepId: "build[a].test",
  stepName: "Test",
  agentId: "worker",
  attemptNumber: 1,
  idempotencyKey: "r/build[a].test/1",
  task: "do it",
  inputs: {},
  context: {},
  dependencies: [],
  results: {},
  values: {},
};

/** What an attempt gave, without its instant. */
type Given = Record<string, unknown>;

function performer(): { readonly logged: string[]; perform: typeof perform; directory: string } {
  const directory = mkdtempSync(join(tmpdir(), "attempt-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const logged: string[] = [];
  async function perform(
    agent: Agent,
    given: Partial<AttemptRequest>,
    options: Partial<AttemptOptions> = {},
  ): Promise<Given> {
    const outcome: Outcome = await performAttempt(
      agent,
      { ...request, ...given },
      {
        clock: systemPorts.clock,
        signal: new AbortController().signal,
        abandonAfterMs: 500,
        runDirectory: directory,
        log: (text, stream) => void logged.push(`${stream}: ${text}`),
        ...options,
      },
    );
    const { at: _, ...rest } = outcome as Outcome & Given;
    return rest;
  }
  return { logged, perform, directory };
}

const RISK = {
  type: "object",
  required: ["risk"],
  properties: { risk: { enum: ["low", "high"] } },
};

describe("an attempt at a step with `output`", () => {
  test("completes with the value that the agent wrote in prose", async () => {
    const { perform } = performer();
    const answer = 'Sure!\n```json\n{"risk": "low"}\n```\nAnything else?';
    expect(await perform(() => answer, { schema: RISK })).toEqual({
      ok: true,
      text: '{"risk":"low"}',
    });
  });

  test("keeps the usage of a reply whose result fits", async () => {
    const { perform } = performer();
    const usage = { usd: 0.1 };
    const agent = () => agentReply({ result: { risk: "high" }, usage });
    expect(await perform(agent, { schema: RISK })).toEqual({
      ok: true,
      text: '{"risk":"high"}',
      usage,
    });
  });

  test("fails with the misfit and the answer, of which nothing is a result", async () => {
    const { perform } = performer();
    expect([
      await perform(() => "no idea", { schema: RISK }),
      await perform(() => ({ risk: "medium" }), { schema: RISK }),
    ]).toEqual([
      {
        ok: false,
        reason: "invalid_output",
        error: "the answer is text without a JSON value in it",
        answer: "no idea",
      },
      {
        ok: false,
        reason: "invalid_output",
        error: '$.risk must be one of "low", "high", not the string "medium"',
        answer: '{"risk":"medium"}',
      },
    ]);
  });

  test("does not fit if it is not JSON in full, or is nested too deeply", async () => {
    const { perform } = performer();
    let deep: unknown = 1;
    for (let depth = 0; depth < 501; depth += 1) deep = [deep];
    const answers = [{ risk: "low", at: new Map() }, { risk: "low", deep }, { risk: 1n }];
    const outcomes = await Promise.all(
      answers.map((answer) => perform(() => answer, { schema: { type: "object" } })),
    );
    expect(outcomes.map(({ reason, error }) => [reason, String(error).slice(0, 20)])).toEqual([
      ["invalid_output", "its result is not JS"],
      ["invalid_output", "its result cannot be"],
      ["invalid_output", "its result is not JS"],
    ]);
  });

  test("keeps only the beginning of a long answer", async () => {
    const { perform } = performer();
    const { answer } = await perform(() => "x".repeat(100_000), { schema: RISK });
    expect((answer as string).length).toBe(16_384);
  });

  test("shows the agent its schema, and why its last answer did not fit", async () => {
    const { perform } = performer();
    let seen: Partial<AgentRequest> = {};
    const feedback = { error: "$.risk is missing", answer: "{}" };
    await perform(
      (given) => {
        seen = given;
        return { risk: "low" };
      },
      { schema: RISK, feedback, item: { name: "a" } },
    );
    expect([seen.schema, seen.feedback, seen.item]).toEqual([RISK, feedback, { name: "a" }]);
  });
});

describe("an attempt at a step with `with`", () => {
  test("passes on the options with their types, and refuses more than 256 KiB", async () => {
    const { perform } = performer();
    const given = { depth: "${{ inputs.depth }}", note: "depth ${{ inputs.depth }}", tags: ["x"] };
    const values = { inputs: { depth: 2 } };
    expect(await perform((asked) => asked.with, { with: given, values })).toEqual({
      ok: true,
      text: '{"depth":2,"note":"depth 2","tags":["x"]}',
    });
    const long = { inputs: { depth: "x".repeat(300_000) } };
    const refused = await perform((asked) => asked.with, { with: given, values: long });
    expect([refused["reason"], String(refused["error"]).startsWith("`with` has 600")]).toEqual([
      "expression",
      true,
    ]);
  });

  test("calls no agent if a value is missing", async () => {
    const { perform } = performer();
    const agent = () => {
      throw new Error("called");
    };
    const refused = await perform(agent, {
      with: { a: "${{ steps.b.output.title }}" },
      values: { steps: { b: { output: { name: 1 } } } },
    });
    expect([refused["reason"], String(refused["error"])]).toEqual([
      "expression",
      expect.stringMatching(/^in `with`: .*title/),
    ]);
  });
});

describe("an agent that declares the schema of `with`", () => {
  const agent = {
    withSchema: {
      type: "object",
      required: ["model"],
      properties: { model: { type: "string" } },
      additionalProperties: false,
    },
    execute: (asked: AgentRequest) => Promise.resolve(asked.with),
  };

  test("receives options that fit", async () => {
    const { perform } = performer();
    const given = { model: "${{ inputs.model }}" };
    expect(await perform(agent, { with: given, values: { inputs: { model: "opus" } } })).toEqual({
      ok: true,
      text: '{"model":"opus"}',
    });
  });

  test("is not called with others, or without those that it needs", async () => {
    const { perform } = performer();
    const refused = [
      await perform(agent, {
        with: { model: "${{ inputs.model }}" },
        values: { inputs: { model: 1 } },
      }),
      await perform(agent, {}),
    ];
    expect(refused.map(({ reason, error }) => [reason, error])).toEqual([
      [
        "invalid",
        "the agent does not accept the step's `with`: $.model must be a string, not the number 1",
      ],
      ["invalid", "the agent does not accept the step's `with`: $.model is missing"],
    ]);
  });
});

describe("an attempt at a step with `files`", () => {
  test("records each file with its digest and content once the answer fits", async () => {
    const { perform, directory } = performer();
    const agent = ({ runDirectory = "", files = [] }: AgentRequest) => {
      writeFileSync(join(runDirectory, files[0] ?? ""), "all is well\n");
      return "written";
    };
    const outcome = await perform(agent, {
      files: ["${{ item.name }}.md"],
      values: { item: { name: "auth" } },
    });
    const [file] = outcome["files"] as Given[];
    expect([directory !== "", outcome["ok"], outcome["text"], file]).toEqual([
      true,
      true,
      '"written"',
      {
        path: "auth.md",
        bytes: 12,
        sha256: hash("sha256", "all is well\n", "hex"),
        artifact: hash("sha256", '"all is well\\n"', "hex"),
      },
    ]);
    expect((outcome["artifacts"] as { content: string }[]).map(({ content }) => content)).toEqual([
      '"all is well\\n"',
    ]);
  });

  test("fails if a file is missing, and says which", async () => {
    const { perform } = performer();
    expect(await perform(() => "done", { files: ["other.md"] })).toEqual({
      ok: false,
      reason: "invalid_output",
      error: "the file `other.md` of the run's directory does not exist",
      answer: "done",
    });
  });

  test("reads no file if the answer does not fit", async () => {
    const { perform } = performer();
    const refused = await perform(() => "no", { schema: RISK, files: ["other.md"] });
    expect(refused["error"]).toBe("the answer is text without a JSON value in it");
  });

  test("fails before the agent is called if a rendered path leads outside", async () => {
    const { perform } = performer();
    const refused = await perform(() => "done", {
      files: ["${{ item }}/a.md"],
      values: { item: ".." },
    });
    expect(refused).toEqual({
      ok: false,
      reason: "expression",
      error:
        "in `files[0]`: the path `../a.md` contains `..`; a file must be in the run's directory",
    });
  });
});

describe("an attempt at a `run` step", () => {
  const run = (given: AttemptRequest["run"], more: Partial<AttemptRequest> = {}) =>
    performer().perform(performRunStep, { agentId: "@run", ...(given && { run: given }), ...more });

  test("renders values into arguments, variables, folder and input, as text", async () => {
    const values = { inputs: { text: "; $(id) `x`" }, item: [1, 2] };
    const given = {
      command: ["sh", "-c", 'printf "%s|%s|" "$1" "$LIST"; cat', "sh", "${{ inputs.text }}"],
      env: { LIST: "${{ item.map(n, n + 1) }}" },
      dir: "${{ run.dir }}",
      input: "${{ inputs.text }}!",
    };
    expect(await run(given, { values })).toEqual({
      ok: true,
      text: JSON.stringify("; $(id) `x`|[2,3]|; $(id) `x`!"),
    });
  });

  test("replaces only the escape of braces in a script", async () => {
    const given = { script: "printf '%s' '$${{ x }} ${y}'" };
    expect(await run(given)).toEqual({ ok: true, text: JSON.stringify("${{ x }} ${y}") });
  });

  test("reads stdout by the schema for every accepted code", async () => {
    const given = { script: 'echo \'{"risk": "low"}\'; exit 1', okExitCodes: [0, 1] };
    expect(await run(given, { schema: RISK })).toEqual({ ok: true, text: '{"risk":"low"}' });
  });

  test("refuses an empty stdout under a schema that is not text", async () => {
    expect(await run({ command: ["true"] }, { schema: RISK })).toMatchObject({
      ok: false,
      reason: "invalid_output",
      error: "the answer is empty; a JSON value was expected",
    });
  });

  test("refuses a variable that no environment can hold", async () => {
    const refusals = await Promise.all(
      ["a\0b", "x".repeat(131_072)].map(async (item) => {
        const { reason, error } = await run(
          { command: ["env"], env: { A: "${{ item }}" } },
          { values: { item } },
        );
        return [reason, error];
      }),
    );
    const many = Object.fromEntries(
      Array.from({ length: 9 }, (_, at) => [`V${at}`, "${{ item }}"]),
    );
    const all = await run(
      { command: ["env"], env: many },
      { values: { item: "x".repeat(120_000) } },
    );
    const remedy = "Write large values to files of `run.dir`, and pass their paths";
    expect([...refusals, [all["reason"], all["error"]]]).toEqual([
      [
        "expression",
        "the value of `run.env.A` contains a NUL character, which no variable can hold. " +
          "Write it to a file of `run.dir`, and pass its path",
      ],
      [
        "expression",
        `the variable \`run.env.A\` has 131075 bytes; the limit is 131072 bytes. ${remedy}`,
      ],
      [
        "expression",
        `the variables of \`run.env\` have 1080036 bytes; the limit is 1048576 bytes. ${remedy}`,
      ],
    ]);
  });
});

describe("an attempt at a `run` step with a secret", () => {
  const token = "t0psecret!";
  const secrets = (name: string) => (name === "API_TOKEN" ? token : undefined);
  const env = { TOKEN: "Bearer ${{ secrets.API_TOKEN }}" };

  test("gives it to the program, and leaves it in no log, result or error", async () => {
    const { perform, logged } = performer();
    const script = 'printf "%s" "$TOKEN" | wc -c | tr -d " "; echo "$TOKEN"; echo "$TOKEN" >&2';
    const request = { agentId: "@run", run: { script, env } };
    const completed = await perform(performRunStep, request, { secrets });
    const failed = await perform(
      performRunStep,
      { ...request, run: { script: 'echo "error: $TOKEN" >&2; exit 1', env } },
      { secrets },
    );
    expect([completed, failed["error"], JSON.stringify(logged).includes(token)]).toEqual([
      { ok: true, text: JSON.stringify("17\nBearer ***") },
      "the script (sh) exited with code 1: error: Bearer ***",
      false,
    ]);
  });

  test("masks it in a JSON result that spells it with escapes", async () => {
    const { perform } = performer();
    const script = `printf '{"risk": "low", "t": "t0p\\\\u0073ecret!", "t0psecret!": 1}'`;
    const completed = await perform(
      performRunStep,
      { agentId: "@run", schema: { type: "object" }, run: { script, env } },
      { secrets },
    );
    expect(completed["text"]).toBe('{"risk":"low","t":"***","***":1}');
  });

  test("masks it in the answer that did not fit", async () => {
    const { perform } = performer();
    const { error, answer } = await perform(
      performRunStep,
      { agentId: "@run", schema: RISK, run: { script: 'echo "[\\"$TOKEN\\"]"', env } },
      { secrets },
    );
    expect([String(error).includes(token), answer]).toEqual([false, '["Bearer ***"]']);
  });

  test("does not begin without it", async () => {
    const { perform } = performer();
    const refused = await perform(performRunStep, { agentId: "@run", run: { script: "env", env } });
    expect(refused).toEqual({
      ok: false,
      reason: "expression",
      error: "the secret `API_TOKEN` is not known here",
    });
  });

  test("is not a value outside of `env`", async () => {
    const { perform } = performer();
    const run = { command: ["echo", "${{ secrets.API_TOKEN }}"], env };
    const refused = await perform(performRunStep, { agentId: "@run", run }, { secrets });
    expect([refused["reason"], String(refused["error"]).includes(token)]).toEqual([
      "expression",
      false,
    ]);
  });
});

describe("an attempt whose agent names what shares a quota", () => {
  test("keeps the beginning of a long name", async () => {
    const { perform } = performer();
    const scope = `${"x".repeat(999)}🙂`;
    const failed = await perform(() => {
      throw new AgentError("later", { class: "rate_limit", scope });
    }, {});
    expect(failed["scope"]).toBe(`${"x".repeat(999)}\uFFFD`);
  });
});
