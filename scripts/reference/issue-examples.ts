import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type DefinitionIssue,
  WorkflowEngine,
  WorkflowError,
  WorkflowParser,
} from "../../packages/workflow/dist/index.js";

/** A definition with one issue. */
export interface IssueExample {
  readonly code: string;
  /** The language of `shown`. */
  readonly language: "yaml" | "json" | "ts" | "sh";
  /** The definition, or what leads to the issue; shortened where it is too long for a page. */
  readonly shown: string;
  /** Reports the issue. */
  readonly issues: () => Promise<readonly DefinitionIssue[]>;
}

const FOOTER = "steps: [{ id: draft, agentId: writer, task: Write }]\n";

/** Examples that are too long to be written down: the text, and how it is shown. */
const LONG: readonly (readonly [code: string, shown: string, text: string])[] = [
  [
    "AXW1003",
    `name: Notes\ndescription: … more than a megabyte …\n${FOOTER}`,
    `name: Notes\ndescription: ${"long ".repeat(220_000)}\n${FOOTER}`,
  ],
  [
    "AXW1004",
    `name: Notes\nmetadata: [[[ … 65 levels … ]]]\n${FOOTER}`,
    `name: Notes\nmetadata: { a: ${"[".repeat(65)}${"]".repeat(65)} }\n${FOOTER}`,
  ],
  [
    "AXW1005",
    `name: Notes\nx-list: [&a one, *a, *a, … 101 aliases …]\n${FOOTER}`,
    `name: Notes\nx-list: [&a one${", *a".repeat(101)}]\n${FOOTER}`,
  ],
  [
    "AXW1110",
    "name: Notes\nsteps:\n  - { id: draft-1, agentId: writer, task: Write }\n  # … 10,001 steps …\n",
    `name: Notes\nsteps:\n${Array.from(
      { length: 10_001 },
      (_, index) => `  - { id: draft-${index + 1}, agentId: writer, task: Write }\n`,
    ).join("")}`,
  ],
  [
    "AXW1313",
    'name: Notes\nsteps: [{ id: draft, if: "!!! … more than 64 levels … true", agentId: writer, task: Write }]\n',
    `name: Notes\nsteps: [{ id: draft, if: "${"!".repeat(66)}true", agentId: writer, task: Write }]\n`,
  ],
  [
    "AXW1504",
    "name: Notes\nsteps:\n  - id: draft\n    agentId: writer\n    task: Write\n" +
      "    output: { enum: [0, 1, … more than 10,000 values …] }\n",
    "name: Notes\nsteps:\n  - id: draft\n    agentId: writer\n    task: Write\n" +
      `    output: { enum: [${Array.from({ length: 20_000 }, (_, index) => index).join(", ")}] }\n`,
  ],
];

/** Issues that no text has: those of data, of files, and of the host that starts a run. */
const ELSEWHERE: readonly IssueExample[] = [
  {
    code: "AXW1017",
    language: "ts",
    shown:
      'const steps = [{ id: "draft", agentId: "writer", task: "Write" }];\n' +
      'new WorkflowParser().validate({ name: "Notes", context: { since: new Date(0) }, steps });\n',
    issues: () => {
      const steps = [{ id: "draft", agentId: "writer", task: "Write" }];
      return Promise.resolve(
        new WorkflowParser().validate({ name: "Notes", context: { since: new Date(0) }, steps }),
      );
    },
  },
  {
    code: "AXW1018",
    language: "ts",
    shown: 'await new WorkflowParser().checkFile("drafts/");\n',
    issues: () => inFolder({}, async (folder) => (await new WorkflowParser().checkFile(folder)).issues),
  },
  {
    code: "AXW1629",
    language: "yaml",
    shown:
      "name: Notes\nsteps:\n  - id: publish\n    run:\n      script: ./publish.sh\n" +
      '      env: { TOKEN: "${{ secrets.BLOG_TOKEN }}" }\n',
    issues() {
      return refusalOf(this.shown);
    },
  },
];

/** Every example, by the order of its code. */
export function readIssueExamples(): readonly IssueExample[] {
  const source = readFileSync(new URL("issue-examples.md", import.meta.url), "utf8");
  const written = [...source.matchAll(/^## (AXW\d{4})\n\n```(yaml|json)\n([^]*?)^```$/gm)].map(
    ([, code = "", language, text = ""]) =>
      ofText(code, language === "json" ? "json" : "yaml", text, text),
  );
  const long = LONG.map(([code, shown, text]) => ofText(code, "yaml", shown, text));
  return [...written, ...long, ...ELSEWHERE].sort((one, other) =>
    one.code.localeCompare(other.code),
  );
}

function ofText(
  code: string,
  language: "yaml" | "json",
  shown: string,
  text: string,
): IssueExample {
  const file = `workflow.${language}`;
  return {
    code,
    language,
    shown,
    issues: () =>
      inFolder({ [file]: text }, async (folder) => {
        const outcome = await new WorkflowParser().checkFile(path.join(folder, file));
        return outcome.issues;
      }),
  };
}

/** The issues with which an engine that knows no secret refuses to start a definition. */
async function refusalOf(text: string): Promise<readonly DefinitionIssue[]> {
  await using engine = await WorkflowEngine.open({ database: ":memory:", secrets: () => undefined });
  try {
    const run = await engine.start(text);
    await run.ending;
    return [];
  } catch (error) {
    if (error instanceof WorkflowError) return error.issues ?? [];
    throw error;
  }
}

async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "issue-example-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
