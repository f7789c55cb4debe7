import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { AgentError, type AgentRequest, type RunRequest } from "../../src/agents/AgentPort.js";
import { performRunStep } from "../../src/programs/run-step.js";
import { SecretMask } from "../../src/secrets/SecretMask.js";

interface Run {
  readonly answer: Promise<unknown>;
  readonly controller: AbortController;
  readonly directory: string;
  readonly log: (stream: string) => string;
}

async function start(run: RunRequest, details: Partial<AgentRequest> = {}): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), "run-step-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const controller = new AbortController();
  const logged: { readonly text: string; readonly stream: string }[] = [];
  const request: AgentRequest = {
    runId: "r1",
    workflowId: "w",
    stepId: "build[a/b].test#2",
    stepName: "test",
    agentId: "@run",
    attemptNumber: 3,
    idempotencyKey: "r1/build/3",
    directory,
    runDirectory: directory,
    task: "",
    context: {},
    inputs: {},
    previousResults: {},
    signal: controller.signal,
    log: (text, stream = "stdout") => void logged.push({ text, stream }),
    run,
    ...details,
  };
  return {
    answer: performRunStep(request),
    controller,
    directory,
    log: (of) =>
      logged
        .filter(({ stream }) => stream === of)
        .map(({ text }) => text)
        .join(""),
  };
}

/** Whether the process is alive; a zombie is not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function perform(run: RunRequest, details?: Partial<AgentRequest>): Promise<unknown> {
  return (await start(run, details)).answer;
}

async function failureOf(run: RunRequest): Promise<[string, boolean]> {
  const error = await perform(run).then(
    (answer) => new Error(`it answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  return [error.message, error.retryable];
}

describe("the program of a step", () => {
  test("receives its arguments byte for byte, without a shell", async () => {
    const text = "; rm -rf / $(id) `x` \"q\" 'p' $HOME *";
    expect(await perform({ command: ["printf", "%s", text] })).toBe(text);
  });

  test("gives its stdout as text without the newlines at its end", async () => {
    expect(await perform({ command: ["printf", "\\n a \\n\\n"] })).toBe("\n a ");
  });

  test("runs in the folder of the run, or in `dir` below it", async () => {
    const { answer, directory } = await start({ command: ["pwd"] });
    expect(await answer).toBe(directory);
    expect(await perform({ script: "mkdir -p sub; cd sub; pwd", dir: "." })).toMatch(/\/sub$/);
  });

  test("is not tried again if its folder, or the program itself, is missing", async () => {
    const [folder, isRetryable] = await failureOf({ command: ["true"], dir: "no/such" });
    expect([
      folder.includes("no/such does not exist; create it or change `dir`"),
      isRetryable,
    ]).toEqual([true, false]);
    expect(await failureOf({ command: ["no-such-program"] })).toEqual([
      "program `no-such-program` was not found on PATH; install it or change `run`",
      false,
    ]);
  });

  test("reads `input`, or an empty stdin", async () => {
    expect([
      await perform({ command: ["cat"], input: "héllo" }),
      await perform({ command: ["cat"] }),
    ]).toEqual(["héllo", ""]);
  });

  test("fails with another exit code and the last lines of stderr", async () => {
    expect(await failureOf({ script: "echo why >&2; exit 3" })).toEqual([
      "the script (sh) exited with code 3: why",
      true,
    ]);
  });

  test("gives the exit code beside stdout if several codes are accepted", async () => {
    const run = { script: "echo changed; exit 1", okExitCodes: [0, 1] };
    expect(await perform(run)).toEqual({ stdout: "changed", exitCode: 1 });
    expect(await perform({ ...run, okExitCodes: [1] })).toBe("changed");
    expect(await perform(run, { schema: { type: "string" } })).toBe("changed");
  });
});

describe("the script of a step", () => {
  test("ends at the first command that fails, and at a variable that is not set", async () => {
    const first = await start({ script: "echo one; (exit 3); echo never" });
    await expect(first.answer).rejects.toThrow("exited with code 3");
    expect(first.log("stdout")).toBe("one\n");
    await expect(perform({ script: "echo $NOT_SET" })).rejects.toThrow("NOT_SET");
  });

  test("is a private file of the run's directory, named by step and attempt", async () => {
    const { answer, directory } = await start({ script: 'echo "$0"' });
    const path = join(directory, ".axw", "build%5Ba%2Fb%5D.test%232.3");
    expect(await answer).toBe(path);
    expect([(statSync(path).mode & 0o777).toString(8), readFileSync(path, "utf8")]).toEqual([
      "600",
      'echo "$0"',
    ]);
  });

  test("has a file name that the file system allows, however long the path of its step is", async () => {
    const { answer, directory } = await start({ script: "echo ok" }, { stepId: "[".repeat(400) });
    expect(await answer).toBe("ok");
    expect(readdirSync(join(directory, ".axw")).map((name) => name.length <= 255)).toEqual([true]);
  });

  test("is read by `shell`, and leaves stdin to the script", async () => {
    const script =
      'const read = require("node:fs").readFileSync(0, "utf8"); process.stdout.write(read + "!")';
    expect(await perform({ script, shell: [process.execPath], input: "in" })).toBe("in!");
  });
});

describe("the environment of a step", () => {
  test("is the engine's own, then `env`, then the marks of the attempt", async () => {
    const { answer, directory } = await start({
      command: [
        "sh",
        "-c",
        'echo "$PATH|$HOME|$MINE|$AX_RUN_ID|$AX_STEP_ID|$AX_ATTEMPT_NUMBER|$AX_RUN_DIR"',
      ],
      env: { HOME: "/other", MINE: "" },
    });
    expect(await answer).toBe(`${process.env["PATH"]}|/other||r1|build[a/b].test#2|3|${directory}`);
  });

  test("has no `AX_RUN_DIR` if the run has no directory, not even that of an outer run", async () => {
    process.env["AX_RUN_DIR"] = "/outer";
    process.env["AXW_SECRET_TOKEN"] = "canary-of-the-host";
    onTestFinished(() => {
      delete process.env["AX_RUN_DIR"];
      delete process.env["AXW_SECRET_TOKEN"];
    });
    const { runDirectory: _, ...none } = { runDirectory: undefined };
    const request = await start({ command: ["env"] }, none);
    const inner = await perform(
      { command: ["sh", "-c", 'echo "${AX_RUN_DIR-none} ${AXW_SECRET_TOKEN-none}"'] },
      { runDirectory: undefined as never },
    );
    expect([inner, String(await request.answer).includes("canary-of-the-host")]).toEqual([
      "none none",
      false,
    ]);
  });
});

describe("a secret in the environment of a step", () => {
  const token = "t0psecret!";
  const run = { env: { TOKEN: `Bearer ${token}` }, mask: new SecretMask([token]) };

  test("reaches the program, and is masked in its result and its logs", async () => {
    const { answer, log } = await start({
      ...run,
      script: 'printf \'%s\' "$TOKEN" | wc -c | tr -d \' \'; echo "$TOKEN"; echo "$TOKEN" >&2',
    });
    expect([await answer, log("stdout"), log("stderr")]).toEqual([
      "17\nBearer ***",
      "17\nBearer ***\n",
      "Bearer ***\n",
    ]);
  });

  test("is masked if it is printed in two pieces, and at the end of the output", async () => {
    const { answer, log } = await start({
      ...run,
      script: "printf 't0pse' >&2; printf 't0pse'; sleep 0.2; printf 'cret!' >&2; printf 'cret!'",
    });
    expect([await answer, log("stdout"), log("stderr")]).toEqual(["***", "***", "***"]);
  });

  test("is masked in the error of a program that fails", async () => {
    const { answer } = await start({ ...run, script: 'echo "error: bad $TOKEN" >&2; exit 1' });
    await expect(answer).rejects.toThrow("error: bad Bearer ***");
  });

  test("is masked where the kept part of a long output begins", async () => {
    const script = `i=0; while [ $i -lt 40 ]; do printf '%0400d' 0; i=$((i+1)); done >&2
printf '%0379d' 0 >&2; echo "$TOKEN" >&2; exit 1`;
    const { answer } = await start({ ...run, script });
    const error = await answer.catch((reason: Error) => reason);
    expect([
      /t0ps|cret!/.test(String(error)),
      String(error).includes("exited with code 1"),
    ]).toEqual([false, true]);
  });
});

describe("an aborted step", () => {
  test("ends every process of the script, then rejects with the reason", async () => {
    const { answer, controller, directory, log } = await start({
      script: '(sleep 300 & echo $! > "$AX_RUN_DIR/pid"); echo ready; sleep 300',
    });
    const settled = answer.catch((reason: unknown) => reason);
    while (log("stdout") !== "ready\n") await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("cancelled"));
    expect(await settled).toEqual(new Error("cancelled"));
    const pid = Number(readFileSync(join(directory, "pid"), "utf8"));
    expect(isAlive(pid)).toBe(false);
  });
});
