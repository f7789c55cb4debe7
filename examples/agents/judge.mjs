// Compares the measurements with the limits. Each finding needs a person's attention.
import { answer, readRequest } from "./request.mjs";

// Licences that only require the copyright notice to be kept. MPL and dual licences are reported
// for a person to judge.
const PERMISSIVE = [
  "MIT",
  "MIT-0",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "Apache-2.0",
  "Apache2",
  "BlueOak-1.0.0",
  "Python-2.0",
  "Unlicense",
  "CC0-1.0",
  "Artistic-2.0",
];
const MAX_LONG_SHARE = 0.1;

const permissive = new RegExp(
  String.raw`^\(?(${PERMISSIVE.join("|").replaceAll(".", String.raw`\.`)})\b`,
);

const { previousResults, inputs } = await readRequest();
const { sizes, longest, notes, dependencies } = previousResults;
const findings = [];
if (longest.overLimit > longest.codeFiles * MAX_LONG_SHARE) {
  findings.push(
    `${longest.overLimit} of ${longest.codeFiles} code files have more than ${inputs.lineLimit} ` +
      "lines; the limit is one in ten",
  );
}
for (const { file, line, text } of notes.notes)
  findings.push(`${file}:${line} has an open note: ${text}`);
for (const { licence, packages } of dependencies.licences) {
  if (!permissive.test(licence))
    findings.push(`${packages} installed package(s) under ${licence}: check the terms`);
}
const linesOf = (kind) => sizes.byKind.find((entry) => entry.kind === kind)?.lines ?? 0;
const code = linesOf("ReScript") + linesOf("TypeScript") + linesOf("SQL");
if (linesOf("tests") < code / 2)
  findings.push(
    `${linesOf("tests")} lines of tests for ${code} lines of code; at least half is expected`,
  );
answer({ findings });
