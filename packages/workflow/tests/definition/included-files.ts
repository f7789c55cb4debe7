import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { WorkflowParser } from "../../src/index.js";

/** Writes files below a folder, and returns it; by default a new one, for this test only. */
export function write(files: Readonly<Record<string, string>>, folder = newFolder()): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "include-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The text that the excerpt of an issue marks. */
export function marked({ excerpt = "" }: { readonly excerpt?: string }): string {
  const [line = "", marks = ""] = excerpt.split("\n").slice(-2);
  return line.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1);
}

/** The issues of `w.yaml`: code, file if it is another, the text at the place, message. */
export async function issuesOf(files: Readonly<Record<string, string>>, options: object = {}) {
  const path = write(files);
  const { issues } = await new WorkflowParser(options).checkFile(join(path, "w.yaml"));
  return issues.map((issue) => [
    issue.code,
    ...(issue.file === undefined ? [] : [issue.file.replace(`${path}/`, "")]),
    marked(issue),
    issue.message.replaceAll(`${path}/`, ""),
  ]);
}

export const PART = `id: part
inputs: { name: string, count: { type: number, default: 1 }, note: { type: string, required: false } }
steps: [{ id: say, agentId: echo, task: "hello \${{ inputs.name }}" }]
outputs: { text: "\${{ steps.say.output }}", size: "\${{ inputs.count }}" }
`;

/** A workflow whose one step has these keys. */
export const only = (keys: string, rest = ""): string =>
  `id: w\nsteps:\n  - { id: a, ${keys} }\n${rest}`;
export const GIVEN = "include: ./part.yaml, with: { name: x }";
