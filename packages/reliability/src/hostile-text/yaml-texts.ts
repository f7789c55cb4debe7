import { WorkflowParser } from "@automatosx/workflow";
import { fill, type HostileText, number } from "./HostileText.ts";

const read = (text: string): unknown => new WorkflowParser().check(text, "yaml");

/** A valid workflow with one more part at its top level. */
const top = (part: string): string => `name: n\nsteps: [{ id: a, agentId: w, task: t }]\n${part}`;

const TEXTS: Readonly<Record<string, (length: number) => string>> = {
  "spaces within unquoted braces": (length) => `task: {{x: 1,${fill(" ", length)}y: 2}}\n`,
  "many unquoted braces with spaces": (length) => fill(`- {{${" ".repeat(1500)}}}\n`, length),
  "unquoted braces within each other": (length) => fill("{{ {{ a }} }}: ", length),
  "maps without keys": (length) => `[${fill("{? }, ", length)}]`,
  "maps whose keys are maps": (length) => `{${fill("{a}: 1, ", length)}}`,
  "a misplaced text after spaces": (length) => `${fill(" ", length)}key: "x\u2028" y\n`,
  "a misplaced text after dashes": (length) =>
    `${fill("- ", 100)}key: "x"${fill(" : ", length)}y\n`,
  "declared tags": (length) =>
    `${number((index) => `%TAG !a${index}! tag:example.com,2000:\n`, length / 2)}---\n` +
    number((index) => `- !a${index}!b c\n`, length / 2),
  "unknown tags": (length) => fill("- !x a\n", length),
  "verbatim tags": (length) => top(`x-a: [${fill("!<tag:yaml.org,2002:str> a, ", length)}]\n`),
  directives: (length) => `${number((index) => `%TAG !a${index}! b\n`, length)}---\na: b\n`,
  "unknown directives": (length) => `${fill("%a b\n", length)}---\na: b\n`,
  comments: (length) => `${fill("# a comment\n", length)}a: b\n`,
  "comments after values": (length) => top(`x-a:\n${fill("  - a # b\n", length)}`),
  documents: (length) => fill("---\n# a\n", length),
  "ends of documents": (length) => `a: b\n...\n${fill("# a comment\n", length)}`,
  "spaces in a line": (length) => `a: b\n${fill(" ", length)}\n`,
  tabs: (length) => `a:\n${fill("\t", length)}b\n`,
  "carriage returns": (length) => top(`x-a: |\n  ${fill("a\r", length)}\n`),
  "line separators": (length) => top(`x-a: "${fill("\u2028", length / 3)}"\n`),
  "escapes in a quoted text": (length) => top(`x-a: "${fill("\\n\\x41\\u0041", length)}"\n`),
  "escaped line ends": (length) => top(`x-a: "${fill("a\\\n  ", length)}"\n`),
  backslashes: (length) => top(`x-a: "${fill("\\\\", length)}"\n`),
  "impossible escapes": (length) => top(`x-a: [${fill('"\\\\\\U99999999", ', length)}]\n`),
  "quotes in a quoted text": (length) => top(`x-a: '${fill("''", length)}'\n`),
  "a quoted text of many lines": (length) => top(`x-a: "${fill("a\n\n  ", length)}"\n`),
  "a plain text of many lines": (length) => top(`x-a: ${fill("a\n  ", length)}\n`),
  "an open quote": (length) => `a: "${fill("b ", length)}`,
  "an open quote in a list": (length) => `${fill("- a\n", length)}- "b`,
  "a block of many lines": (length) => top(`x-a: |\n${fill("  a\n", length)}`),
  "a folded block": (length) => top(`x-a: >-\n${fill("  a\n\n", length)}`),
  "folded blocks with spaces": (length) => top(`x-a: >\n${fill("  a\n   b\n", length)}`),
  "many blocks": (length) => top(`x-a:\n${fill("  - |+\n    a\n", length)}`),
  "keys without values": (length) => top(`x-a:\n${number((index) => `  k${index}:\n`, length)}`),
  "keys in braces": (length) => top(`x-a: {${number((index) => `k${index}: 1, `, length)}}\n`),
  "one key": (length) => top(`x-a:\n${fill("  k: 1\n", length)}`),
  "keys longer than the limit": (length) =>
    top(`x-a:\n${fill(`  ${"k".repeat(1100)}: 1\n`, length)}`),
  "a key of the text's length": (length) => `"${fill("k", length)}": 1\n`,
  "explicit keys": (length) => fill("? a\n: b\n", length),
  anchors: (length) => top(`x-a:\n${number((index) => `  - &a${index} b\n`, length)}`),
  "aliases without anchors": (length) => top(`x-a: [${fill("*b , ", length)}]\n`),
  "a long anchor": (length) =>
    top(`x-a: [&${fill("a", length / 2)} b, *${fill("a", length / 2)}]\n`),
  "an aliased text": (length) => top(`x-a: &a ${fill("b", length)}\nx-b: [${"*a, ".repeat(3)}]\n`),
  numbers: (length) => top(`x-a: [${fill("1, 0x1F, -.5e3, ", length)}]\n`),
  "numbers that change": (length) => top(`x-a: [${fill("9007199254740993, ", length)}]\n`),
  "a number of the text's length": (length) => top(`x-a: ${fill("1", length)}\n`),
  "a version of the text's length": (length) =>
    `name: n\nversion: 1.${fill("1", length)}\nsteps: []\n`,
  "numbers that look like text": (length) =>
    `name: n\ncontext: { a: [${fill("1.10, 007, 12e5, ", length)}] }\nsteps: []\n`,
  "a fraction of the text's length": (length) =>
    `name: n\ncontext: { a: 1.${fill("1000", length)}1 }\nsteps: []\n`,
  "variables without a value": (length) => {
    const env = number((n) => ` V${n}:,`, length);
    return `name: n\nagents: { a: { command: [b], env: {${env} } } }\nsteps: []\n`;
  },
  "almost a number": (length) => top(`x-a: ${fill("1", length)}x\n`),
  brackets: (length) => fill("[", length),
  "closed brackets": (length) => `[${fill("[], ", length)}]`,
  dashes: (length) => fill("- ", length),
  "control characters in escapes": (length) => top(`x-a: [${fill('"\\0", ', length)}]\n`),
  "characters that the parser refuses": (length) => top(`x-a: "${fill("\u0080", length / 2)}"\n`),
  "characters of two units": (length) => top(`x-a: "${fill("\u{1f600}", length / 2)}"\n`),
};

/** YAML, read as a workflow. */
export const YAML_TEXTS: readonly HostileText[] = Object.entries(TEXTS).map(([name, text]) => ({
  name: `YAML: ${name}`,
  text,
  read,
}));
