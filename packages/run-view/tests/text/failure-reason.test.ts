import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failureLine, failureReason } from "../../src/index.js";

const KEY = "the API key is not set";

/** What real programs printed, and the reason in it. */
const OUTPUTS: Readonly<Record<string, string>> = {
  bash: "s.sh: line 3: x: command not found",
  cargo: "error[E0425]: cannot find value `y` in this scope",
  "cargo-run":
    "thread 'main' (30541) panicked at src/main.rs:1:55: index out of bounds: the len is 0 " +
    "but the index is 3",
  cat: "cat: /nope: No such file or directory",
  cpp: `what():  ${KEY}`,
  curl: "curl: (7) Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server",
  gcc: "bad.c:1:21: error: ‘x’ undeclared (first use in this function)",
  "git-commit":
    'On branch master Initial commit nothing to commit (create/copy files and use "git add" to track)',
  "git-no-repository": "fatal: not a git repository (or any of the parent directories): .git",
  "git-push": "error: src refspec main does not match any",
  java: `Caused by: java.lang.IllegalStateException: ${KEY}`,
  javac: "B.java:1: error: cannot find symbol",
  make: "make: *** No rule to make target 'all'.  Stop.",
  "make-gcc": "bad.c:1:21: error: ‘x’ undeclared (first use in this function)",
  "node-absent-script": "Error: Cannot find module '/home/ana/app/nope.js'",
  "node-aggregate": `AggregateError: 2 failed: Error: ${KEY}`,
  "node-async": `Error: ${KEY}`,
  "node-custom": `KeyMissing: ${KEY}`,
  "node-failed-command": `RuntimeError: ${KEY}`,
  "node-fetch": "[TypeError: fetch failed]: Error: bad port",
  "node-missing-module":
    "Error: Cannot find module './absent' Require stack: - /home/ana/app/mod.cjs",
  "node-message-of-two-lines":
    "Error: cannot load the settings: Error: ENOENT: no such file or directory, open '/nope/x'",
  "node-object": `{ code: 3, message: '${KEY}' }`,
  "node-option": "node: bad option: --bad",
  "node-rejection":
    "UnhandledPromiseRejection: This error originated either by throwing inside of an async " +
    "function without a catch block, or by rejecting a promise which was not handled with " +
    `.catch(). The promise rejected with the reason "${KEY}".`,
  "node-string": KEY,
  "node-syntax": "SyntaxError: Unexpected token ';'",
  "node-test": "✖ adds (0.965471ms): AssertionError [ERR_ASSERTION]: 1 == 2",
  "npm-ci": "npm error The `npm ci` command can only install with an existing package-lock.json or",
  "npm-install":
    "npm error enoent Could not read package.json: Error: ENOENT: no such file or directory, " +
    "open '/nope/x/package.json'",
  "npm-missing": 'npm error Missing script: "nope"',
  "npm-run": `KeyMissing: ${KEY}`,
  perl: `${KEY} at /home/ana/app/c.pl line 1.`,
  pytest: `FAILED t_test.py::test_b - ValueError: ${KEY}`,
  "python-argument": "arg.py: error: the following arguments are required: n",
  "python-assert": "AssertionError",
  "python-chain": `RuntimeError: ${KEY}`,
  "python-custom": `QuotaSpent: ${KEY}`,
  "python-deep": `ValueError: ${KEY}`,
  "python-exit": KEY,
  "python-group": `TypeError: ${KEY}`,
  "python-log": `2026-11-29 18:12:23,239 ERROR ${KEY}`,
  "python-module": "/usr/bin/python3: No module named nope",
  "python-message-of-two-lines": `ValueError: first line of it ${KEY}`,
  "python-syntax": "SyntaxError: invalid syntax",
  "python-warning": "/home/ana/app/warn2.py:1: UserWarning: old",
  "rust-compiler": "error[E0425]: cannot find value `y` in this scope",
  "rust-panic": `thread 'main' (30190) panicked at r.rs:1:57: ${KEY}`,
  "rust-plain-panic": `thread 'main' (30192) panicked at r.rs:1:57: ${KEY}`,
  "rust-result": "Error: KeyMissing",
  sh: "sh: 1: foo: not found",
  "shell-syntax": "bash: -c: line 2: syntax error: unexpected end of file",
  tsc: "error TS6053: File 'nope.ts' not found.",
  "tsc-two": "bad.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.",
  unbound: "bash: line 1: x: unbound variable",
};

/** The last lines of programs that are not common enough to be installed everywhere. */
const WRITTEN: Readonly<Record<string, readonly [output: string, reason: string]>> = {
  "Go panic": [
    `panic: ${KEY}\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:4 +0x2c\nexit status 2`,
    `panic: ${KEY}`,
  ],
  "Go log": [
    `2026/01/31 12:00:00 fatal: ${KEY}\nexit status 1`,
    `2026/01/31 12:00:00 fatal: ${KEY}`,
  ],
  Ruby: [
    `main.rb:1:in 'load': ${KEY} (RuntimeError)\n\tfrom main.rb:2:in '<main>'`,
    `main.rb:1:in 'load': ${KEY} (RuntimeError)`,
  ],
  PHP: [
    `PHP Fatal error:  Uncaught Exception: ${KEY} in /app/a.php:3\nStack trace:\n#0 {main}\n  ` +
      "thrown in /app/a.php on line 3",
    `PHP Fatal error:  Uncaught Exception: ${KEY} in /app/a.php:3`,
  ],
  ".NET": [
    `Unhandled exception. Acme.KeyMissing: ${KEY}\n   at Program.Main() in /app/P.cs:line 3`,
    `Unhandled exception. Acme.KeyMissing: ${KEY}`,
  ],
  "Java class without Exception in its name": [
    `Exception in thread "main" acme.KeyMissing: ${KEY}\n\tat acme.Main.main(Main.java:3)`,
    `Exception in thread "main" acme.KeyMissing: ${KEY}`,
  ],
  Elixir: [`** (KeyMissing) ${KEY}\n    main.exs:1: (file)`, `** (KeyMissing) ${KEY}`],
  "Rust before 1.73": [
    `thread 'main' panicked at '${KEY}', main.rs:2:5\nnote: run with \`RUST_BACKTRACE=1\``,
    `thread 'main' panicked at '${KEY}', main.rs:2:5`,
  ],
  "structured log": [
    `level=info msg="begin"\nlevel=error msg="${KEY}"\nlevel=info msg="end"`,
    `level=error msg="${KEY}"`,
  ],
  "printed data": [
    `{\n  "type": "result",\n  "error": "${KEY}",\n  "cost": 0\n}`,
    `"error": "${KEY}",`,
  ],
  "a sentence of a command-line tool": [
    `Loading the model...\nInvalid API key · Please log in\n`,
    "Invalid API key · Please log in",
  ],
  "progress drawn with carriage returns": [`10%\r50%\r100%\r\n${KEY}\n`, KEY],
  colours: [`\u001b[31mError:\u001b[0m ${KEY}`, `Error: ${KEY}`],
  "an error that was handled before the last one": [
    `Error: first try\nretrying\nError: ${KEY}\ncleanup`,
    `Error: ${KEY}`,
  ],
  "a large thrown object": [
    `node:internal\n  x\n  ^\n\n{\n  a: 1,\n  b: 2,\n  c: 3,\n  message: ` +
      `'${KEY}'\n}\n\nNode.js v24`,
    `{ a: 1, b: 2, c: 3, message: '${KEY}'`,
  ],
};

describe("failureReason", () => {
  test.each(Object.entries(OUTPUTS))("finds the reason in the output of %s", (name, reason) => {
    const output = readFileSync(join(import.meta.dirname, "outputs", `${name}.txt`), "utf8");
    expect(failureReason(output).text).toBe(reason);
  });

  test.each(Object.entries(WRITTEN))("finds the reason in: %s", (_, [output, reason]) => {
    expect(failureReason(output).text).toBe(reason);
  });

  test("finds it before any number of later lines", () => {
    const later = "cleanup done\n".repeat(10_000);
    expect(failureReason(`fatal: ${KEY}\n${later}`)).toEqual({
      kind: "error",
      text: `fatal: ${KEY}`,
    });
  });

  test("returns the last three lines if none states an error", () => {
    expect(failureReason("one\ntwo\n\nthree\nfour\n\n")).toEqual({
      kind: "plain",
      text: "two three four",
    });
  });

  test.each([
    ["warning: deprecated\n", "chatter"],
    [
      "(node:1) DeprecationWarning: old\n(Use `node --trace-deprecation ...` to show where)\n",
      "chatter",
    ],
    ["Downloading 10%\nDownloading 100%\n", "chatter"],
    ["npm error Lifecycle script `t` failed with error:\n", "consequence"],
    ["make: *** [Makefile:2: all] Error 1\n", "consequence"],
    [" \n\n", "nothing"],
  ])("classifies %j as %s", (output, kind) => {
    expect(failureReason(output).kind).toBe(kind);
  });

  test("joins both ends of a line that was cut in the middle", () => {
    const output =
      "Traceback (most recent call last):\n  File x\nValueError: first wo\n[… 900 characters " +
      "…]\nrd last\n";
    expect(failureReason(output).text).toBe("ValueError: first … last");
  });

  test("shortens a reason of one long line, keeping both ends", () => {
    const { text } = failureReason(`Error: first ${"x".repeat(5_000_000)} last`);
    expect([text.length <= 1_000, text.startsWith("Error: first"), text.endsWith(" last")]).toEqual(
      [true, true, true],
    );
  });
});

describe("failureLine", () => {
  test.each([
    ["one line", "one line"],
    [
      "program `x` exited with code 1: last words\n\nError: inside",
      "program `x` exited with code 1: last words: Error: inside",
    ],
    [
      `program \`x\` exited with code 1: Error: ${KEY}\n\nlong\noutput`,
      `program \`x\` exited with code 1: Error: ${KEY}`,
    ],
    [
      `Command failed: x.\nTraceback (most recent call last):\n  File "x"\nKeyError: 'a'`,
      "Command failed: x: KeyError: 'a'",
    ],
    ["step `a` failed: x\nError: y (and 2 more)", "step `a` failed: x: Error: y (and 2 more)"],
    ["[\n  {\n    problem: 1\n  }\n]", "[ { problem: 1 } ]"],
    ["", ""],
  ])("of %j is %j", (message, line) => {
    expect(failureLine(message)).toBe(line);
  });
});
