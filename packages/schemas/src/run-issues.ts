import type { KeyIssue } from "./key-issue.js";
import { has, memberOf } from "./several-keys.js";

/** Where a template begins; `$${{` is a literal. */
const TEMPLATE = /(?<!\$)\$\{\{/;

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** The variables of this prefix belong to the engine. */
const ENGINE_PREFIX = "AX_";

type Path = readonly (string | number)[];

/** Yields the problems of a step's `run`, as written. */
export function* runIssues(run: unknown): Generator<KeyIssue, void, undefined> {
  if (Array.isArray(run)) yield* programIssues(run, ["run"], 1);
  if (typeof run !== "object" || run === null || Array.isArray(run)) return;
  yield* formIssues(run);
  yield* programIssues(memberOf(run, "command"), ["run", "command"], 1);
  yield* programIssues(memberOf(run, "shell"), ["run", "shell"], Infinity);
  yield* variableIssues(memberOf(run, "env"));
  yield* exitCodeIssues(memberOf(run, "okExitCodes"));
}

function* formIssues(run: object): Generator<KeyIssue, void, undefined> {
  const forms = Object.keys(run).filter((key) => key === "command" || key === "script");
  const [first, second] = forms;
  if (first === undefined)
    yield {
      rule: "run_without_program",
      path: ["run"],
      message: "has neither `command` nor `script`",
    };
  if (second !== undefined)
    yield {
      rule: "key_twice",
      path: ["run", second],
      message: `cannot be combined with \`${first}\``,
    };
  if (has(run, "shell") && first !== undefined && !has(run, "script"))
    yield {
      rule: "key_twice",
      path: ["run", "shell"],
      message: "has no meaning without `script`",
      remedy: "remove it: `command` runs without a shell",
    };
}

/** The first `count` entries name a program, so no value may decide them. */
function* programIssues(
  words: unknown,
  path: Path,
  count: number,
): Generator<KeyIssue, void, undefined> {
  if (!Array.isArray(words)) return;
  for (const [index, word] of words.slice(0, Math.min(count, words.length)).entries())
    if (typeof word === "string" && TEMPLATE.test(word))
      yield {
        rule: "program_from_value",
        path: [...path, index],
        message: "takes the name of a program from a value",
        remedy: "write the name of the program; values may be in its arguments and in `env`",
      };
}

function* variableIssues(variables: unknown): Generator<KeyIssue, void, undefined> {
  if (typeof variables !== "object" || variables === null || Array.isArray(variables)) return;
  for (const name of Object.keys(variables)) {
    const path = ["run", "env", name];
    if (name.startsWith(ENGINE_PREFIX))
      yield {
        rule: "variable_name",
        path,
        message: `begins with \`${ENGINE_PREFIX}\`, which belongs to the engine`,
        remedy: "choose another name",
      };
    else if (!VARIABLE.test(name))
      yield { rule: "variable_name", path, message: "is not the name of an environment variable" };
  }
}

function* exitCodeIssues(codes: unknown): Generator<KeyIssue, void, undefined> {
  if (!Array.isArray(codes)) return;
  for (const [index, code] of codes.entries())
    if (codes.indexOf(code) < index)
      yield {
        rule: "exit_code_twice",
        path: ["run", "okExitCodes", index],
        message: "is listed twice",
        remedy: "remove it",
      };
}
