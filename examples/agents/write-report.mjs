import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { answer, readRequest, root } from "./request.mjs";

const { runId, previousResults, context } = await readRequest();
const { settle, sizes, longest, dependencies, tests, findings } = previousResults;
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const markdown = [
  `# ${context.title}`,
  `Sources: ${sizes.files} files, ${sizes.lines} lines, sha-256 ${settle.digest.slice(0, 12)}.`,
  table(
    ["kind", "files", "lines", "bytes"],
    sizes.byKind.map(({ kind, files, lines, bytes }) => [kind, files, lines, bytes]),
  ),
  "## Longest files",
  `Median of ${longest.codeFiles} code files: ${longest.medianLines} lines.`,
  table(
    ["file", "lines"],
    longest.longest.map(({ file, lines }) => [file, lines]),
  ),
  "## Dependencies",
  `${dependencies.pinned} packages are pinned and ${dependencies.installed} installed here. ` +
    `The published packages depend on: ${dependencies.runtime.join(", ")}.`,
  table(
    ["licence", "packages"],
    dependencies.licences.map(({ licence, packages }) => [licence, packages]),
  ),
  "## Tests",
  tests === null
    ? "The tests did not run."
    : `packages/${tests.package}: ${tests.passed} passed, ${tests.failed} failed, ` +
      `in ${tests.files} files.`,
  "## Findings",
  findings.findings.length === 0
    ? "None."
    : findings.findings.map((finding) => `- ${finding}`).join("\n"),
].join("\n\n");

const folder = path.join(root, ".ax", "review");
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, "report.md"), `${markdown}\n`);
rmSync(path.join(folder, `${runId}.digest`), { force: true });
answer({ report: ".ax/review/report.md", findings: findings.findings.length, markdown });
