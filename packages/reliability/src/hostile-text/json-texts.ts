import { WorkflowParser } from "@automatosx/workflow";
import { fill, type HostileText, number } from "./HostileText.ts";

const read = (text: string): unknown => new WorkflowParser().check(text, "json");

const context = (value: string): string => `{"id":"h","context":${value},"steps":[]}`;

/** A value within 60 maps whose keys have 60 characters. */
const deep = (value: string): string =>
  context(`${`{"${"k".repeat(60)}":`.repeat(60)}${value}${"}".repeat(60)}`);

const TEXTS: Readonly<Record<string, (length: number) => string>> = {
  "infinite numbers below a long key": (length) =>
    context(`{"${fill("k", length / 2)}":[${fill("1e999,", length / 2)}1]}`),
  "infinite numbers below many keys": (length) => deep(`[${fill("1e999,", length)}1]`),
  "bad texts below a long key": (length) =>
    context(`{"${fill("k", length / 2)}":[${fill('"\\u0000",', length / 2)}1]}`),
  "one key below a long key": (length) =>
    context(`{"${fill("k", length / 2)}":{${fill('"a":1,', length / 2)}"a":1}}`),
  "one key": (length) => `{${fill('"k":1,', length)}"k":1}`,
  "keys that every object inherits": (length) => context(`[${fill('{"__proto__":1},', length)}1]`),
  "many keys": (length) => context(`{${number((index) => `"k${index}":1,`, length)}"k":1}`),
  escapes: (length) => context(`"${fill("\\u0041\\n", length)}"`),
  "escaped texts": (length) => context(`[${fill('"\\n",', length)}1]`),
  "a bad escape at the end": (length) => context(`"${fill("\\\\", length)}\\x"`),
  backslashes: (length) => `"${fill("\\", length)}`,
  "a number of the text's length": (length) => fill("1", length),
  spaces: (length) => `{${fill(" ", length)}}x`,
  brackets: (length) => fill("[", length),
  "closed brackets": (length) => `[${fill("[],", length)}1]`,
  "half pairs": (length) => context(`"${fill("\ud800", length / 3)}"`),
};

/** JSON, read as a workflow. */
export const JSON_TEXTS: readonly HostileText[] = Object.entries(TEXTS).map(([name, text]) => ({
  name: `JSON: ${name}`,
  text,
  read,
}));
