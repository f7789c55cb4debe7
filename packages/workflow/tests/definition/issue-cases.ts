import type { DefinitionFormat } from "../../src/index.js";

/** One way to meet an issue: the text, and where and how it is told. */
export interface IssueCase {
  readonly what: string;
  readonly format?: DefinitionFormat;
  readonly text: string;
  readonly code: string;
  readonly at: readonly [line: number, column: number];
  readonly says: string;
  readonly remedy: string;
}

/** A workflow that is in order but for the lines put into its first step. */
const step = (lines: string) => `name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n${lines}`;
/** A workflow that is in order but for the lines at its top. */
const top = (lines: string) => `name: n\n${lines}steps: [{ id: a, agentId: w, task: t }]\n`;
/** A workflow of one step with this task. */
const task = (written: string) => `name: n\nsteps:\n  - id: a\n    agentId: w\n    task: ${written}\n`;

const TEMPLATE_FORMS = "write `${{ steps.ID.output }}`, `${{ inputs.NAME }}` or `${{ context.KEY }}`; `$${{` for a literal `${{`";

export const TEXT_CASES: readonly IssueCase[] = [
  { what: "a tab as indentation", text: "name: n\nsteps:\n\t- id: a\n", code: "AXW1001", at: [3, 1], says: "Tabs are not allowed as indentation", remedy: "indent with spaces: YAML has no tabs there" },
  { what: "an open bracket", text: "name: n\nsteps: [\n", code: "AXW1001", at: [3, 1], says: "Flow sequence in block collection must be sufficiently indented and end with a ]", remedy: "give all entries of one list or map the same indentation" },
  { what: "a comma too many in JSON", format: "json", text: '{"name": "n",\n "steps": [1,]}', code: "AXW1002", at: [2, 14], says: "expected a value, found `]`", remedy: "correct the JSON at this place" },
  { what: "JSON that ends early", format: "json", text: '{"name": "n"', code: "AXW1002", at: [1, 13], says: "expected `,` or `}`, found the end of the text", remedy: "correct the JSON at this place" },
  { what: "text over a megabyte", text: `name: ${"n".repeat(1024 * 1024)}\n`, code: "AXW1003", at: [1, 1], says: "the definition is larger than 1048576 bytes", remedy: "keep it under 1 MiB: put long texts into files that the agents read" },
  { what: "65 levels", text: `name: n\nx-a: ${"[".repeat(64)}${"]".repeat(64)}\n`, code: "AXW1004", at: [2, 69], says: "more than 64 levels of lists and maps", remedy: "keep lists and maps within 64 levels" },
  { what: "65 levels of JSON", format: "json", text: "[".repeat(65) + "]".repeat(65), code: "AXW1004", at: [1, 65], says: "more than 64 levels of lists and maps", remedy: "keep lists and maps within 64 levels" },
  { what: "101 aliases", text: `name: &n n\nx-a:\n${"  - *n\n".repeat(101)}`, code: "AXW1005", at: [103, 5], says: "more than 100 aliases", remedy: "use at most 100 aliases, and write large values once in `context`" },
  { what: "an alias without an anchor", text: top("description: *x\n"), code: "AXW1006", at: [2, 14], says: "the alias `*x` has no anchor before it", remedy: "give the value an anchor (`&name`) before the alias (`*name`), or quote the text" },
  { what: "an alias of what contains it", text: top("context: &c { self: *c }\n"), code: "AXW1006", at: [2, 21], says: "the alias `*c` stands for something that contains it", remedy: "give the value an anchor (`&name`) before the alias (`*name`), or quote the text" },
  { what: "a second document", text: "name: n\n---\nname: m\n", code: "AXW1007", at: [2, 1], says: "a second document begins here", remedy: "put each workflow into a file of its own" },
  { what: "YAML 1.1", text: "%YAML 1.1\n---\nname: n\n", code: "AXW1008", at: [1, 1], says: "this line asks for another YAML than 1.2", remedy: "remove the `%YAML` line: definitions are YAML 1.2" },
  { what: "an unknown tag", text: top("description: !secret x\n"), code: "AXW1009", at: [2, 14], says: "Unresolved tag: !secret", remedy: "remove the tag, or quote the text when it begins with `!`" },
  { what: "a tag of YAML 1.1", text: top("context: { a: !!binary aGk= }\n"), code: "AXW1009", at: [2, 24], says: "the tag `tag:yaml.org,2002:binary` means nothing here", remedy: "remove the tag, or quote the text when it begins with `!`" },
  { what: "a control character", text: top("description: a\u0007b\n"), code: "AXW1010", at: [2, 15], says: "the text contains the control character U+0007", remedy: "remove the character" },
  { what: "an escaped zero", text: top('description: "a\\u0000b"\n'), code: "AXW1010", at: [2, 14], says: "an escape gives the control character U+0000", remedy: "remove the escape" },
  { what: "half of a character", text: top("description: a\ud800b\n"), code: "AXW1010", at: [2, 15], says: "the text contains half of a character (U+D800)", remedy: "remove the character" },
  { what: "a key twice", text: top("name: m\n"), code: "AXW1011", at: [2, 1], says: "the key `name` is here twice", remedy: "keep one of the two" },
  { what: "a key twice in JSON", format: "json", text: '{"name": "n", "n\\u0061me": "m", "steps": [{"id": "a", "agentId": "w", "task": "t"}]}', code: "AXW1011", at: [1, 15], says: "the key `name` is here twice", remedy: "keep one of the two" },
  { what: "the key __proto__", text: top("context: { __proto__: { a: 1 } }\n"), code: "AXW1012", at: [2, 12], says: "the key `__proto__` would change the object instead of filling it", remedy: "choose another key" },
  { what: "a list as a key", text: top("context: { [a, b]: 1 }\n"), code: "AXW1013", at: [2, 12], says: "this key is not text", remedy: "write a plain word as the key, or quote the value" },
  { what: "unquoted braces", text: task("{{ steps.b.output }}"), code: "AXW1014", at: [5, 11], says: "`{{ steps.b.output }}` without quotes is a map in YAML, not text", remedy: 'quote the text; for a reference write `"${{ steps.b.output }}"`' },
  { what: "an integer beyond 2^53", text: top("context: { a: 9007199254740993 }\n"), code: "AXW1015", at: [2, 15], says: "this number would be read as 9007199254740992", remedy: "quote it to keep it as text" },
  { what: "infinity", text: top("context: { a: .inf }\n"), code: "AXW1015", at: [2, 15], says: "this number is not finite", remedy: "quote it to keep it as text" },
  { what: "too large an exponent in JSON", format: "json", text: '{"name":"n","context":{"a":1e400},"steps":[{"id":"a","agentId":"w","task":"t"}]}', code: "AXW1015", at: [1, 28], says: "this number is not finite", remedy: "quote it to keep it as text" },
  { what: "an empty text", text: "", code: "AXW1016", at: [1, 1], says: "expected a workflow, found nothing", remedy: "write a map with at least `name` and `steps`" },
  { what: "a list in place of a workflow", text: "\n- a\n", code: "AXW1016", at: [2, 1], says: "expected a workflow, found a list", remedy: "write a map with at least `name` and `steps`" },
];

export const KEY_CASES: readonly IssueCase[] = [
  { what: "dependsOn", text: step("    dependsOn: [b]\n"), code: "AXW1101", at: [6, 5], says: "unknown key `dependsOn`", remedy: "write `dependencies`" },
  { what: "depends_on", text: step("    depends_on: [b]\n"), code: "AXW1101", at: [6, 5], says: "unknown key `depends_on`", remedy: "write `dependencies`" },
  { what: "needs", text: step("    needs: [b]\n"), code: "AXW1101", at: [6, 5], says: "unknown key `needs`", remedy: "write `dependencies`" },
  { what: "agent", text: "name: n\nsteps:\n  - id: a\n    agent: w\n    task: t\n", code: "AXW1101", at: [4, 5], says: "unknown key `agent`", remedy: "write `agentId`" },
  { what: "prompt", text: "name: n\nsteps:\n  - id: a\n    agentId: w\n    prompt: t\n", code: "AXW1101", at: [5, 5], says: "unknown key `prompt`", remedy: "write `task`" },
  { what: "a slip of the finger", text: step("    dependancies: []\n"), code: "AXW1101", at: [6, 5], says: "unknown key `dependancies`", remedy: "write `dependencies`" },
  { what: "a key of another case", text: step("    continue_on_error: true\n"), code: "AXW1101", at: [6, 5], says: "unknown key `continue_on_error`", remedy: "write `continueOnError`" },
  { what: "a key in the wrong place", text: top("concurrency: 3\n"), code: "AXW1101", at: [2, 1], says: "unknown key `concurrency`", remedy: "write `limits.concurrency`" },
  { what: "a condition", text: step("    if: x\n"), code: "AXW1101", at: [6, 5], says: "unknown key `if`", remedy: "remove it: this version of the language has no `if`" },
  { what: "a key like nothing", text: step("    zzzzzz: x\n"), code: "AXW1101", at: [6, 5], says: "unknown key `zzzzzz`", remedy: "remove it, or begin it with `x-` to keep it as a note" },
  { what: "a merge key", text: `x-a: &s { timeout: 5s }\n${step("    <<: *s\n")}`, code: "AXW1101", at: [7, 5], says: "unknown key `<<`", remedy: "write the keys out, or put what all steps share into `defaults`: YAML 1.2 has no merge key" },
  { what: "a misspelt command", text: top("agents: { w: { comand: [a] } }\n"), code: "AXW1101", at: [2, 16], says: "unknown key `comand`", remedy: "write `command`" },
  { what: "a step without a task", text: "name: n\nsteps:\n  - id: a\n    agentId: w\n", code: "AXW1102", at: [3, 5], says: "`task` is missing", remedy: "add `task`" },
  { what: "no steps", text: "name: n\n", code: "AXW1102", at: [1, 1], says: "`steps` is missing", remedy: "add `steps`" },
  { what: "a number as a task", text: task("5"), code: "AXW1103", at: [5, 11], says: "expected text, found the number `5`", remedy: 'quote it: `"5"`' },
  { what: "text as a list", text: step("    dependencies: b\n"), code: "AXW1103", at: [6, 19], says: "expected a list, found `b`", remedy: "write a list: `[b]`" },
  { what: "nothing as a list", text: step("    dependencies:\n"), code: "AXW1103", at: [6, 5], says: "expected a list, found nothing", remedy: "give it a value, or remove the key" },
  { what: "yes", text: step("    parallel: yes\n"), code: "AXW1103", at: [6, 15], says: "expected true or false, found `yes`", remedy: "write `true`" },
  { what: "half a retry", text: step("    retries: 1.5\n"), code: "AXW1103", at: [6, 14], says: "expected a whole number, found the number `1.5`", remedy: "write a value of the expected type" },
  { what: "an unknown jitter", text: step("    retry: { jitter: ful }\n"), code: "AXW1104", at: [6, 22], says: "expected `full` or `none`, found `ful`", remedy: "write `full`" },
  { what: "an unknown type of input", text: top("inputs: { a: strng }\n"), code: "AXW1104", at: [2, 14], says: "expected `string` or `number` or `boolean` or `object` or `array`, found `strng`", remedy: "write `string`" },
  { what: "a step id with a space", text: "name: n\nsteps: [{ id: a b, agentId: w, task: t }]\n", code: "AXW1105", at: [2, 15], says: "expected a letter, then up to 127 letters, digits, _ or -", remedy: "begin with a letter and use letters, digits, `_` and `-` only, at most 128" },
  { what: "a step id that objects inherit", text: "name: n\nsteps: [{ id: constructor, agentId: w, task: t }]\n", code: "AXW1105", at: [2, 15], says: "`constructor` is the name of something that every JavaScript object has", remedy: "choose another name" },
  { what: "an input name with a dot", text: top("inputs: { a.b: string }\n"), code: "AXW1105", at: [2, 11], says: "`a.b`: expected a letter, then up to 127 letters, digits, _ or -", remedy: "begin with a letter and use letters, digits, `_` and `-` only, at most 128" },
  { what: "a duration in words", text: step("    timeout: 30 seconds\n"), code: "AXW1106", at: [6, 14], says: "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, found `30 seconds`", remedy: "write `30s`" },
  { what: "a duration without a unit", text: step('    timeout: "30"\n'), code: "AXW1106", at: [6, 14], says: "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, found `30`", remedy: "add a unit, `30s`, or remove the quotes for milliseconds" },
  { what: "a timeout of nothing", text: step("    timeout: 0s\n"), code: "AXW1106", at: [6, 14], says: "expected a duration between 1ms and 365d", remedy: "write a number with a unit: `500ms`, `30s`, `20m`, `2h`, `1d`, `1h30m`" },
  { what: "101 retries", text: step("    retries: 101\n"), code: "AXW1107", at: [6, 14], says: "expected at most 100", remedy: "stay within the limit that is named" },
  { what: "an empty task", text: task('""'), code: "AXW1107", at: [5, 11], says: "`task` is empty", remedy: "write at least one entry or character" },
  { what: "no step in the list", text: "name: n\nsteps: []\n", code: "AXW1107", at: [2, 8], says: "`steps` is empty", remedy: "write at least one entry or character" },
  { what: "retries said twice", text: step("    retries: 1\n    retry: { max: 1 }\n"), code: "AXW1108", at: [6, 5], says: "`retries` says the same as `retry.max`", remedy: "keep one of the two" },
  { what: "a backoff beyond its maximum", text: step("    retry: { backoff: 2m, maxBackoff: 1m }\n"), code: "AXW1108", at: [6, 14], says: "`backoff` is longer than `maxBackoff`", remedy: "keep one of the two" },
  { what: "a default of another type", text: top("inputs: { a: { type: number, default: x } }\n"), code: "AXW1109", at: [2, 39], says: "the input is declared as a number, its default is `x`", remedy: "change the default or the type" },
  { what: "10,001 steps", text: `name: n\nsteps:\n${"  - {}\n".repeat(10_001)}`, code: "AXW1110", at: [2, 1], says: "10001 steps, at most 10000 are allowed", remedy: "split the workflow" },
  { what: "neither name nor id", text: "steps: [{ id: a, agentId: w, task: t }]\n", code: "AXW1111", at: [1, 1], says: "the workflow needs a `name` or an `id`", remedy: "add an `id`: a letter, then letters, digits, `_` or `-`" },
  { what: "a name that gives no id", text: "name: '123'\nsteps: [{ id: a, agentId: w, task: t }]\n", code: "AXW1111", at: [1, 7], says: "this name gives no id", remedy: "add an `id`: a letter, then letters, digits, `_` or `-`" },
  { what: "no agent", text: "name: n\nsteps:\n  - id: a\n    task: t\n", code: "AXW1112", at: [3, 5], says: "this step needs an `agentId`", remedy: "add `agentId` to the step, or to `defaults`" },
  { what: "an agent of no kind", text: top("agents: { w: { cwd: x } }\n"), code: "AXW1113", at: [2, 16], says: "expected `command` (a program and its arguments) or `preset` (claude, codex, gemini or simulated)", remedy: "give it `command` (a program and its arguments) or `preset`" },
  { what: "a bare version", text: top("version: 1.10\n"), code: "AXW1114", at: [2, 10], says: '`1.10` was read as the number 1.1, so the version is "1.1"', remedy: 'quote it: `version: "1.10"`' },
  { what: "a limit for no one", text: top("limits: { agents: { v: { concurrency: 1 } } }\n"), code: "AXW1116", at: [2, 21], says: "no step uses the agent `v`", remedy: "write `w`" },
  { what: "an odd environment name", text: top("agents: { w: { command: [a], env: { a-b: x } } }\n"), code: "AXW1105", at: [2, 37], says: "`a-b`: expected the name of an environment variable", remedy: "use letters, digits and `_`, and no digit at the beginning" },
];

const graph = (steps: string) => `name: n\ndefaults: { agentId: w }\nsteps:\n${steps}`;

export const GRAPH_CASES: readonly IssueCase[] = [
  { what: "an id twice", text: graph("  - { id: a, task: t }\n  - { id: a, task: t }\n"), code: "AXW1201", at: [5, 11], says: "another step has the id `a` already", remedy: "give each step an id of its own" },
  { what: "an unknown dependency", text: graph("  - { id: build, task: t }\n  - { id: b, task: t, dependencies: [buld] }\n"), code: "AXW1202", at: [5, 38], says: "no step has the id `buld`", remedy: "write `build`" },
  { what: "a dependency on itself", text: graph("  - { id: a, task: t, dependencies: [a] }\n"), code: "AXW1203", at: [4, 38], says: "the step `a` waits for itself", remedy: "remove the dependency" },
  { what: "a cycle", text: graph("  - { id: a, task: t, dependencies: [b] }\n  - { id: b, task: t, dependencies: [c] }\n  - { id: c, task: t, dependencies: [a] }\n"), code: "AXW1204", at: [4, 38], says: "these steps wait for each other: a → b → c → a", remedy: "remove one of these dependencies" },
];

export const TEMPLATE_CASES: readonly IssueCase[] = [
  { what: "a sum", text: task("Add ${{ 1 + 2 }} up"), code: "AXW1301", at: [5, 19], says: "expected `steps.`, `inputs.` or `context.`", remedy: TEMPLATE_FORMS },
  { what: "an operator behind a path", text: task("Take ${{ inputs.a || 'x' }}"), code: "AXW1301", at: [5, 29], says: "expected `}}`: a reference is one path, such as `steps.ID.output.field[0]`", remedy: TEMPLATE_FORMS },
  { what: "an unknown root", text: task("Take ${{ secrets.KEY }}"), code: "AXW1301", at: [5, 20], says: "`secrets` is none of steps, inputs, context", remedy: TEMPLATE_FORMS },
  { what: "a result that is not called output", text: task("|\n      First line.\n      Then ${{ steps.a.result }} here"), code: "AXW1301", at: [7, 23], says: "expected `.output` after the step's id", remedy: TEMPLATE_FORMS },
  { what: "an open reference", text: task("Take ${{ inputs.a"), code: "AXW1302", at: [5, 16], says: "this `${{` is not closed", remedy: "close it with `}}`, or write `$${{` for a literal `${{`" },
  { what: "a reference cut by a comment", text: task("Take ${{ inputs.a #1 }}"), code: "AXW1303", at: [5, 16], says: "the text ends at ` #`, in the middle of a reference", remedy: "quote the text: after a space, `#` begins a comment in YAML" },
  { what: "a step that is not there", text: graph('  - { id: build, task: t }\n  - { id: b, task: "${{ steps.biuld.output }}", dependencies: [build] }\n'), code: "AXW1304", at: [5, 25], says: "no step has the id `biuld`", remedy: "write `build`" },
  { what: "a step that is not upstream", text: graph('  - { id: x, task: t }\n  - { id: b, task: "A ${{ steps.x.output }}" }\n'), code: "AXW1305", at: [5, 27], says: "this step does not wait for `x`", remedy: "add `x` to `dependencies`" },
  { what: "a step's own result", text: task("${{ steps.a.output }}"), code: "AXW1305", at: [5, 15], says: "the step `a` cannot use its own result", remedy: "name another step" },
  { what: "an undeclared input", text: task("${{ inputs.feature }}"), code: "AXW1306", at: [5, 15], says: "the input `feature` is not declared", remedy: "add `feature: string` to `inputs`" },
  { what: "a misspelt input", text: `inputs: { feature: string }\n${task("${{ inputs.faeture }}")}`, code: "AXW1306", at: [6, 15], says: "the input `faeture` is not declared", remedy: "write `inputs.feature`" },
  { what: "an unknown key of the context", text: `context: { repo: x }\n${task("${{ context.repos }}")}`, code: "AXW1307", at: [6, 15], says: "`context` has no `repos`", remedy: "write `context.repo`" },
  { what: "another system's braces", text: graph('  - { id: x, task: t }\n  - { id: b, task: "A {{x.y}}", dependencies: [x] }\n'), code: "AXW1308", at: [5, 23], says: "`{{x.y}}` stays as it is", remedy: "write `${{ steps.x.output.y }}`" },
];
