import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { type ProcessAgentOptions, processAgent } from "../src/process/process-agent.js";
import { testRequest } from "../src/testing/index.js";
import { failureOf } from "./support/failure.js";
import { hostilePayloads } from "./support/hostile-payloads.js";
import { fixture, temporaryFolder } from "./support/processes.js";

const sh = (script: string, ...args: string[]): string[] => [
  "/bin/sh",
  "-c",
  script,
  "sh",
  ...args,
];

function run(options: ProcessAgentOptions, task = "do it"): Promise<unknown> {
  return processAgent(options).execute(testRequest({ task }).request);
}

async function messageOf(options: ProcessAgentOptions): Promise<[string, boolean]> {
  const error = await failureOf(run(options));
  if (!(error instanceof AgentError)) throw error;
  return [error.message, error.retryable];
}

describe("the program's stdin", () => {
  test("carries a 1 MB task byte for byte", async () => {
    const task = "0123456789abcde\n".repeat(65_536).slice(0, -1);
    expect((await run({ command: ["cat"] }, task)) === task).toBe(true);
  });

  test.each(hostilePayloads.map((payload) => [JSON.stringify(payload).slice(0, 60), payload]))(
    "carries a hostile task byte for byte: %s",
    async (_, payload) => {
      const hex = await run({ command: sh("od -An -v -tx1 | tr -d ' \\n'") }, payload);
      expect(hex).toBe(Buffer.from(payload).toString("hex"));
    },
  );

  test("can be ignored by the program", async () => {
    expect(await run({ command: ["true"] }, "x".repeat(1_000_000))).toBe("");
  });

  test("is empty with `input: none`", async () => {
    expect(await run({ command: ["cat"], input: "none" })).toBe("");
  });

  test("refuses a request whose JSON is longer than a string can be, and starts nothing", async () => {
    const result = "x".repeat(90_000_000);
    const ids = ["a", "b", "c", "d", "e", "f"];
    const previousResults = Object.fromEntries(ids.map((id) => [id, result]));
    const agent = processAgent({ command: ["/no/such/program"], input: "json" });
    const error = await failureOf(agent.execute(testRequest({ previousResults }).request));
    expect(error).toMatchObject({
      message:
        "the request as JSON is longer than the limit of 500000000 characters; write large " +
        "results to files and return their paths",
      retryable: false,
    });
  });

  test("contains the whole request with `input: json`", async () => {
    const { request } = testRequest({
      task: "draw {{ it }}",
      context: { a: 1 },
      inputs: { b: [2] },
      previousResults: { plan: { c: null } },
    });
    const { signal: _, log: __, ...data } = request;
    expect(
      await processAgent({ command: ["cat"], input: "json", output: "json" }).execute(request),
    ).toEqual(data);
  });
});

describe("the program's arguments", () => {
  test("arrive byte for byte, without any expansion by a shell", async () => {
    const recorded = await run({
      command: [process.execPath, fixture("record-arguments.mjs"), "--", ...hostilePayloads],
      output: "json",
    });
    expect(recorded).toEqual(
      ["--", ...hostilePayloads].map((payload) => Buffer.from(payload).toString("hex")),
    );
  });

  test("are refused above the system's limit, with an error that suggests an alternative", async () => {
    expect(await messageOf({ command: ["true", "x".repeat(200_000)] })).toEqual([
      "the arguments of `true` exceed the system's limit; use stdin for long text",
      false,
    ]);
  });

  test.each([
    ["no program", { command: [] }, "`command` is empty"],
    ["NUL", { command: ["echo", "a\0b"] }, "`command` or `cwd` contains a NUL character"],
    [
      "a batch file",
      { command: ["tool.CMD", "x"] },
      "`tool.CMD` is a batch file, which only a shell can run",
    ],
    [
      "a batch file with a dot behind it",
      { command: ["C:\\tool.bat. "] },
      "`C:\\tool.bat. ` is a batch file, which only a shell can run",
    ],
    [
      "a broken variable",
      { command: ["env"], env: { "A=B": "c" } },
      'the environment variable "A=B" cannot be set',
    ],
    [
      "NUL in a variable",
      { command: ["env"], env: { A: "\0" } },
      'the environment variable "A" cannot be set',
    ],
    [
      "a negative grace",
      { command: ["env"], graceMs: -1 },
      "graceMs must be a number, 0 or more; -1 is not.",
    ],
  ] satisfies [string, ProcessAgentOptions, string][])(
    "are refused before anything runs if they contain %s",
    (_, options, message) => {
      expect(() => processAgent(options)).toThrow(
        expect.objectContaining({ name: "WorkflowError", code: "invalid_argument", message }),
      );
    },
  );
});

describe("the result", () => {
  test("is stdout without trailing newlines, and excludes stderr", async () => {
    const { request, logged } = testRequest();
    const result = await processAgent({
      command: sh("printf 'one\\n\\ntwo\\r\\n\\n'; echo noise >&2"),
    }).execute(request);
    const of = (stream: string): string =>
      logged
        .filter((piece) => piece.stream === stream)
        .map(({ text }) => text)
        .join("");
    expect([result, of("stdout"), of("stderr")]).toEqual([
      "one\n\ntwo",
      "one\n\ntwo\r\n\n",
      "noise\n",
    ]);
  });

  test("is a JSON value with `output: json`, even after a byte order mark", async () => {
    expect(
      await run(
        { command: sh("printf '\\357\\273\\277'; cat"), output: "json" },
        '{"a":[1,"ü",null]}\n',
      ),
    ).toEqual({
      a: [1, "ü", null],
    });
  });

  test("keeps every number of JSON, or the attempt fails and names the number", async () => {
    const kept = '{"a":[1.0,1e-07,9007199254740991,0.1234567890123456789]}';
    expect(await run({ command: ["cat"], output: "json" }, kept)).toEqual(JSON.parse(kept));
    const messages = await Promise.all(
      ['{"id":12345678901234567890}', '[{"n":1e400}]', "-9007199254740993"].map((json) =>
        messageOf({ command: ["echo", json], output: "json" }),
      ),
    );
    const refused = "program `echo` printed JSON that cannot be stored unchanged: the number ";
    const remedy = ". The program must print it in double quotes";
    expect(messages.map(([message]) => message)).toEqual([
      `${refused}\`12345678901234567890\` at \`id\` would be read as 12345678901234567000${remedy}`,
      `${refused}\`1e400\` at \`[0].n\` is not finite${remedy}`,
      `${refused}\`-9007199254740993\` would be read as -9007199254740992${remedy}`,
    ]);
  });

  test("keeps a character whole that arrives in pieces, as does the log", async () => {
    const text = "Grüße, 世界 👩‍👩‍👧 🏳️‍🌈";
    const { request, logged } = testRequest({ task: text });
    const result = await processAgent({
      command: [process.execPath, fixture("split-characters.mjs")],
      input: "json",
    }).execute(request);
    const whole = (stream: string): string =>
      logged
        .filter((piece) => piece.stream === stream)
        .map((piece) => piece.text)
        .join("");
    expect([result, whole("stdout"), whole("stderr")]).toEqual([text, text, text]);
  });

  test("ends with a replacement character when the output stops in the middle of a character", async () => {
    const { request, logged } = testRequest();
    const result = await processAgent({ command: sh("printf 'caf\\303'") }).execute(request);
    expect([result, logged.map(({ text }) => text).join("")]).toEqual(["caf\uFFFD", "caf\uFFFD"]);
  });

  test("is complete at 5 MB even if the program exits immediately", async () => {
    expect(
      String(await run({ command: sh("head -c 5000000 /dev/zero | tr '\\0' x") })).length,
    ).toBe(5_000_000);
  });

  test("is accepted for any exit code listed in `okExitCodes`", async () => {
    expect(await run({ command: sh("echo found; exit 3"), okExitCodes: [0, 3] })).toBe("found");
  });
});

describe("a failure", () => {
  test("by exit code reports the last lines, then the output of stderr, without colours", async () => {
    const script =
      "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i >&2; done; printf " +
      "'\\033[31mred\\033[0m\\a\\n' >&2; exit 7";
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`);
    expect(await messageOf({ command: sh(script) })).toEqual([
      `program \`/bin/sh\` exited with code 7: line 11 line 12 red\n\n${lines.join("\n")}\nred`,
      true,
    ]);
  });

  test("by exit code states the line that names an error, however much follows it", async () => {
    const script =
      "echo 'fatal: the key is not set' >&2; for i in $(seq 20000); do echo cleanup $i >&2; done; exit 1";
    const [message] = await messageOf({ command: sh(script) });
    const [reason, , ...quoted] = message.split("\n");
    expect([reason, quoted[0], quoted.at(-1)]).toEqual([
      "program `/bin/sh` exited with code 1: fatal: the key is not set",
      "fatal: the key is not set",
      "cleanup 20000",
    ]);
  });

  test.each([
    ["nothing", "echo 'Error: the key is not set'"],
    ["only a warning", "echo 'warning: deprecated' >&2; echo 'Error: the key is not set'"],
    ["only progress", "printf '10%%\\r50%%\\r100%%\\n' >&2; echo 'Error: the key is not set'"],
    ["no error", "echo loaded the model >&2; echo 'Error: the key is not set'"],
  ])("by exit code states an error in stdout if stderr contains %s", async (_, script) => {
    const [message] = await messageOf({ command: sh(`${script}; exit 1`) });
    expect(message).toBe("program `/bin/sh` exited with code 1: Error: the key is not set");
  });

  test("by exit code states an error in stderr even if stdout contains one", async () => {
    const [message] = await messageOf({
      command: sh("echo 'Error: in the answer'; echo 'fatal: the key is not set' >&2; exit 1"),
    });
    expect(message).toBe("program `/bin/sh` exited with code 1: fatal: the key is not set");
  });

  test("by exit code quotes the end of stdout when stderr is empty", async () => {
    expect(await messageOf({ command: sh("echo why; exit 1") })).toEqual([
      "program `/bin/sh` exited with code 1: why",
      true,
    ]);
  });

  test("by a signal reports the signal", async () => {
    expect(await messageOf({ command: sh("kill -SEGV $$") })).toEqual([
      "program `/bin/sh` was killed by SIGSEGV",
      true,
    ]);
  });

  test("to print JSON quotes the start of the output", async () => {
    const [message, retryable] = await messageOf({
      command: sh("printf 'Sure! Here is\\033[1m your JSON'"),
      output: "json",
    });
    expect([
      message.startsWith("program `/bin/sh` did not print valid JSON"),
      message.endsWith('The output begins with "Sure! Here is your JSON"'),
      retryable,
    ]).toEqual([true, true, true]);
  });

  test("to print anything is reported when JSON output is expected", async () => {
    expect(await messageOf({ command: ["true"], output: "json" })).toEqual([
      "program `true` printed nothing; expected one JSON value (`output: json`)",
      true,
    ]);
  });

  test("caused by too much output ends the program", async () => {
    expect(await messageOf({ command: ["yes"], maxOutputBytes: 10_000, graceMs: 1_000 })).toEqual([
      "the program printed more than 10000 bytes on stdout; write large results to a file",
      true,
    ]);
  });

  test("to write the log ends the program and fails the attempt", async () => {
    const full = new Error("the disk is full");
    const { request } = testRequest({
      log: () => {
        throw full;
      },
    });
    expect(await failureOf(processAgent({ command: ["yes"] }).execute(request))).toBe(full);
  });

  test("caused by the agent's own timeout ends the program", async () => {
    expect(await messageOf({ command: ["sleep", "300"], timeoutMs: 50 })).toEqual([
      "the program took longer than the agent's timeout of 50 ms",
      true,
    ]);
  });
});

describe("a program that cannot start", () => {
  test.each([
    [
      "missing on PATH",
      { command: ["no-such-program-here"] },
      "program `no-such-program-here` was not found on PATH; install it or change `command`",
    ],
    [
      "missing, with a hint",
      { command: ["no-such-program-here"], installHint: "install it with `get it`" },
      "program `no-such-program-here` was not found on PATH; install it with `get it` or " +
        "change `command`",
    ],
    [
      "missing at its path",
      { command: ["./no-such"], cwd: "/" },
      "program /no-such does not exist; change `command`",
    ],
    [
      "without its folder",
      { command: ["true"], cwd: "/no/such/folder" },
      "the folder /no/such/folder does not exist; create it or change `cwd`",
    ],
    [
      "in what is no folder",
      { command: ["true"], cwd: "/etc/passwd" },
      "the folder /etc/passwd is not a folder; create it or change `cwd`",
    ],
    [
      "not executable",
      { command: ["/etc/passwd"] },
      "program `/etc/passwd` is not executable; make it executable (chmod +x) or change `command`",
    ],
  ] satisfies [string, ProcessAgentOptions, string][])(
    "is not retried: %s",
    async (_, options, message) => {
      expect(await messageOf(options)).toEqual([message, false]);
    },
  );

  test("is reported as lacking its interpreter when the interpreter is missing", async () => {
    const script = join(await temporaryFolder(), "tool");
    await writeFile(script, "#!/no/such/interpreter\n");
    await chmod(script, 0o755);
    expect(await messageOf({ command: [script] })).toEqual([
      `program \`${script}\` could not start: the interpreter named in its first line is missing`,
      false,
    ]);
  });
});

describe("the environment", () => {
  test("is inherited, then overridden by the agent's variables and by the attempt's", async () => {
    const { request } = testRequest({ runId: "run-e", stepId: "step-e", attemptNumber: 3 });
    const script =
      'printf "%s|" "$HOME" "$ADDED" "$AX_ATTEMPT" "$AX_RUN_ID" "$AX_STEP_ID" "$AX_ATTEMPT_NUMBER"';
    const env = { ADDED: "{{ not a template }} $HOME", AX_ATTEMPT: "forged" };
    expect(await processAgent({ command: sh(script), env }).execute(request)).toBe(
      `${process.env["HOME"] ?? ""}|{{ not a template }} $HOME|run-e/step-e/3|run-e|step-e|3|`,
    );
  });

  test("includes `cwd` as the working folder", async () => {
    expect(await run({ command: ["pwd"], cwd: "/" })).toBe("/");
  });
});
