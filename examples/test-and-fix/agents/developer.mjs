// Behaves like a coding agent: reads the output of the tests, changes one file, says what it did.
// It repairs the first failing test that it knows, so several failures take several rounds.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { answer, readRequest } from "../../agents/request.mjs";

const REPAIRS = [
  {
    test: /^not ok \d+ - slug /m,
    before: 'title.trim().toLowerCase().replaceAll(" ", "-")',
    after: 'title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")',
    summary: "slug replaces everything but letters and digits, and trims the hyphens.",
  },
  {
    test: /^not ok \d+ - excerpt /m,
    before: "return `${text.slice(0, limit)}…`",
    after: "return text.length <= limit ? text : `${text.slice(0, limit)}…`",
    summary: "excerpt adds the ellipsis only if something was cut off.",
  },
  {
    test: /^not ok \d+ - readingMinutes /m,
    before: 'text.split(" ").length / 200',
    after: "Math.max(1, Math.ceil(text.trim().split(/\\s+/).length / 200))",
    summary: "readingMinutes counts words, not spaces, and rounds up.",
  },
];

const { task, inputs, runDirectory } = await readRequest();
const file = path.join(runDirectory, inputs.file);
const repair = REPAIRS.find(({ test }) => test.test(task));
if (repair === undefined) {
  answer({ summary: "Nothing: none of the failing tests is known to this scripted developer." });
} else {
  const text = readFileSync(file, "utf8");
  // An attempt that is repeated after a crash finds its own change in place.
  writeFileSync(
    file,
    text.replace(repair.before, () => repair.after),
  );
  process.stderr.write(`changed ${inputs.file}\n`);
  answer({ summary: repair.summary });
}
