// Holds what was measured against the rules of the house; a finding is something that a person has to look at.
import { answer, readRequest } from "./request.mjs";

// Licences that ask nothing of a user beyond keeping the notice. MPL and dual ones are for a person to judge.
const FREE =
  /^\(?(MIT|MIT-0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|Apache-2\.0|Apache2|BlueOak-1\.0\.0|Python-2\.0|Unlicense|CC0-1\.0|Artistic-2\.0)\b/;
const NINE_OF_TEN = 0.1;

const { previousResults, inputs } = await readRequest();
const { sizes, longest, notes, dependencies } = previousResults;
const findings = [];
if (longest.overLimit > longest.codeFiles * NINE_OF_TEN) {
  findings.push(
    `${longest.overLimit} of ${longest.codeFiles} code files have more than ${inputs.lineLimit} lines; the rule is at most one in ten`,
  );
}
for (const { file, line, text } of notes.notes)
  findings.push(`${file}:${line} still says: ${text}`);
for (const { licence, packages } of dependencies.licences) {
  if (!FREE.test(licence))
    findings.push(`${packages} installed package(s) under ${licence}: look at the terms`);
}
const linesOf = (kind) => sizes.byKind.find((entry) => entry.kind === kind)?.lines ?? 0;
const code = linesOf("ReScript") + linesOf("TypeScript") + linesOf("SQL");
if (linesOf("tests") < code / 2)
  findings.push(`${linesOf("tests")} lines of tests for ${code} lines of code: less than half`);
answer({ findings });
