import type { WorkflowFormat } from "../../src/index.js";

const MEGABYTE = 1024 * 1024;
const fill = (piece: string, length = MEGABYTE) => piece.repeat(Math.floor(length / piece.length));
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

/** A valid workflow with one more part at its top level. */
const withPart = (part: string) => `name: n\nsteps: [{ id: a, agentId: w, task: t }]\n${part}`;
const laughs = (levels: number) =>
  `x-a0: &a0 [lol, lol, lol]\n${lines(levels, (level) => `x-a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`)}\n`;

export interface HostileText {
  readonly what: string;
  readonly text: string;
  readonly format?: WorkflowFormat;
  /** The code of an issue, or "accepted". */
  readonly answer: string;
}

/** Text designed to waste time or memory, or to abuse trust. Each is refused or harmless. */
export const HOSTILE_TEXTS: readonly HostileText[] = [
  // --- size
  { what: "one byte over the limit", text: fill("#", MEGABYTE + 1), answer: "AXW1003" },
  { what: "few characters, many bytes", text: fill("\u{10ffff}", MEGABYTE), answer: "AXW1003" },
  { what: "16 MiB", text: fill("- a\n", 16 * MEGABYTE), answer: "AXW1003" },
  { what: "16 MiB of JSON", format: "json", text: fill("[", 16 * MEGABYTE), answer: "AXW1003" },
  // --- depth
  { what: "a million brackets", text: fill("["), answer: "AXW1004" },
  { what: "a million braces", text: fill("{"), answer: "AXW1004" },
  { what: "half a million dashes", text: fill("- "), answer: "AXW1004" },
  { what: "half a million question marks", text: fill("? "), answer: "AXW1004" },
  { what: "maps in one line", text: fill("a: "), answer: "AXW1001" },
  {
    what: "maps by indentation",
    text: lines(1400, (level) => `${" ".repeat(level)}a:`),
    answer: "AXW1004",
  },
  { what: "a million brackets of JSON", format: "json", text: fill("["), answer: "AXW1004" },
  { what: "objects of JSON", format: "json", text: fill('{"a":'), answer: "AXW1004" },
  {
    what: "depth by aliases",
    text: withPart(
      `x-0: &a0 [a]\n${lines(80, (level) => `x-${level + 1}: &a${level + 1} [*a${level}]`)}\n`,
    ),
    answer: "AXW1004",
  },
  // --- aliases
  { what: "a billion laughs", text: withPart(laughs(9)), answer: "AXW1005" },
  { what: "150,000 aliases", text: `[&a 1, ${fill("*a , ", 750_000)}1]`, answer: "AXW1005" },
  {
    what: "a large text a hundred times",
    text: withPart(`x-t: &t ${fill("t", 500_000)}\nx-l: [${"*t,".repeat(99)}]\n`),
    answer: "AXW1005",
  },
  { what: "an alias inside its own value", text: "a: &a [*a]\n", answer: "AXW1006" },
  { what: "an alias of the root", text: "&r\na: *r\n", answer: "AXW1006" },
  { what: "aliases without anchors", text: withPart("x-a: [*x, *y, *z]\n"), answer: "AXW1006" },
  // --- keys
  {
    what: "80,000 keys",
    text: withPart(`x-a:\n${lines(80_000, (index) => `  k${index}: 1`)}\n`),
    answer: "accepted",
  },
  {
    what: "80,000 keys in braces",
    text: withPart(`x-a: {${lines(80_000, (index) => ` k${index}: 1,`)}}\n`),
    answer: "accepted",
  },
  {
    what: "one key 100,000 times",
    text: withPart(`x-a:\n${"  k: 1\n".repeat(100_000)}`),
    answer: "AXW1011",
  },
  {
    what: "80,000 unknown keys",
    text: withPart(`${lines(80_000, (index) => `k${index}: 1`)}\n`),
    answer: "AXW1101",
  },
  {
    what: "one key 100,000 times in JSON",
    format: "json",
    text: `{${'"k":1,'.repeat(100_000)}"k":1}`,
    answer: "AXW1011",
  },
  { what: "a key of a megabyte", text: `"${fill("k", MEGABYTE - 100)}": 1\n`, answer: "AXW1001" },
  {
    what: "__proto__ as a key",
    text: withPart("context: { __proto__: { polluted: true } }\n"),
    answer: "AXW1012",
  },
  {
    what: "__proto__ by an escape",
    format: "json",
    text: '{"__pr\\u006fto__":{"polluted":true},"name":"n","steps":[]}',
    answer: "AXW1012",
  },
  {
    what: "__proto__ in an alias",
    text: withPart("x-a: &a { __proto__: { polluted: true } }\ncontext: *a\n"),
    answer: "AXW1012",
  },
  {
    what: "a merge of __proto__",
    text: withPart("context: { <<: { __proto__: { polluted: true } } }\n"),
    answer: "AXW1012",
  },
  // --- characters
  { what: "a zero byte", text: "name: a\u0000b\n", answer: "AXW1010" },
  { what: "a zero byte by an escape", text: withPart('description: "\\0"\n'), answer: "AXW1010" },
  {
    what: "a zero byte by an escape of JSON",
    format: "json",
    text: '{"name":"a\\u0000b","steps":[]}',
    answer: "AXW1010",
  },
  {
    what: "an escape sequence",
    text: withPart('description: "\\e]52;c;AA\\a"\n'),
    answer: "AXW1010",
  },
  {
    what: "half of a pair by an escape",
    format: "json",
    text: '{"name":"a\\ud800b","steps":[]}',
    answer: "AXW1010",
  },
  {
    what: "UTF-16 decoded as something else",
    text: "\u0000n\u0000a\u0000m\u0000e\u0000:",
    answer: "AXW1010",
  },
  { what: "half of a pair", text: "name: \udc00\n", answer: "AXW1010" },
  // --- tags, directives, documents
  {
    what: "a function",
    text: withPart("x-a: !!js/function 'function () {}'\n"),
    answer: "AXW1009",
  },
  {
    what: "an object of Python",
    text: withPart('x-a: !!python/object/apply:os.system ["id"]\n'),
    answer: "AXW1009",
  },
  { what: "binary data", text: withPart("x-a: !!binary AAAA\n"), answer: "AXW1009" },
  { what: "a time", text: withPart("x-a: !!timestamp 2001-12-15\n"), answer: "AXW1009" },
  { what: "a set", text: withPart("x-a: !!set { a, b }\n"), answer: "AXW1009" },
  { what: "150,000 tags", text: fill("- !x a\n"), answer: "AXW1009" },
  {
    what: "a tag of another namespace",
    text: "%TAG ! tag:example.com,2000:app/\n---\na: !foo b\n",
    answer: "AXW1009",
  },
  { what: "YAML 1.1", text: "%YAML 1.1\n---\na: yes\n", answer: "AXW1008" },
  { what: "YAML 3.0", text: "%YAML 3.0\n---\na: yes\n", answer: "AXW1008" },
  { what: "150,000 documents", text: fill("---\n", 600_000), answer: "AXW1007" },
  // --- noise
  { what: "a million commas", text: `[${fill(",", MEGABYTE - 2)}]`, answer: "AXW1001" },
  { what: "a million closing brackets", text: fill("]"), answer: "AXW1001" },
  { what: "half a million quotes", text: fill('"'), answer: "AXW1001" },
  { what: "half a million anchors", text: fill("&a "), answer: "AXW1001" },
  { what: "half a million exclamation marks", text: fill("! "), answer: "AXW1001" },
  { what: "an open quote", text: `name: "${fill("a ", MEGABYTE - 100)}`, answer: "AXW1001" },
  { what: "a megabyte of comments", text: fill("#\n"), answer: "AXW1003" },
  { what: "a megabyte of empty lines", text: fill("\n"), answer: "AXW1003" },
  { what: "a megabyte of list", text: fill("- a\n"), answer: "AXW1003" },
  {
    what: "a string of backslashes",
    format: "json",
    text: `"${fill("\\", MEGABYTE - 3)}`,
    answer: "AXW1002",
  },
  { what: "a number of a megabyte", format: "json", text: fill("1"), answer: "AXW1015" },
  {
    what: "a number of a megabyte in YAML",
    text: withPart(`context: { a: ${fill("1", MEGABYTE - 100)} }\n`),
    answer: "AXW1015",
  },
  // --- references and graphs
  {
    what: "200,000 unclosed references",
    text: withPart("").replace("task: t", `task: "${fill("${{", 600_000)}"`),
    answer: "AXW1302",
  },
  {
    what: "100,000 bad references",
    text: withPart("").replace("task: t", `task: "${fill("${{}}", 500_000)}"`),
    answer: "AXW1301",
  },
  {
    what: "braces in a task",
    text: withPart("").replace("task: t", `task: "${fill("{{ a", 600_000)}"`),
    answer: "accepted",
  },
  {
    what: "20,000 unknown dependencies",
    text: `name: n\ndefaults: { agentId: w }\nsteps:\n${lines(2, (step) => ` - { id: s${step}, task: t, dependencies: [${lines(10_000, (index) => `   step-${index},`)}] }`)}\n`,
    answer: "AXW1202",
  },
  {
    what: "10,000 empty steps",
    text: `name: n\nsteps: [${"{},".repeat(10_000)}]\n`,
    answer: "AXW1102",
  },
  {
    what: "100,000 steps",
    text: `name: n\nsteps: [${"{},".repeat(100_000)}]\n`,
    answer: "AXW1110",
  },
  {
    what: "a cycle of 10,000",
    text: `name: n\ndefaults: { agentId: w }\nsteps:\n${lines(10_000, (index) => ` - {id: s${index}, task: t, dependencies: [s${(index + 1) % 10_000}]}`)}`,
    answer: "AXW1204",
  },
  {
    what: "5,000 cycles of two",
    text: `name: n\ndefaults: { agentId: w }\nsteps:\n${lines(10_000, (index) => ` - {id: s${index}, task: t, dependencies: [s${index ^ 1}]}`)}`,
    answer: "AXW1204",
  },
];
