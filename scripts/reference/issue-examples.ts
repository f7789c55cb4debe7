import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { backendIssues } from "../../packages/workflow/dist/hosting/index.js";
import {
  type DefinitionIssue,
  prepareWorkflow,
  WorkflowEngine,
  WorkflowError,
  WorkflowParser,
} from "../../packages/workflow/dist/index.js";

/** A block of a page; shortened where it is too long for one. */
interface ShownBlock {
  readonly language: string;
  readonly file?: string;
  readonly shown: string;
}

/** A definition with one issue. */
export interface IssueExample {
  readonly code: string;
  /** The definition, or what leads to the issue, and then the files beside it. */
  readonly blocks: readonly ShownBlock[];
  /** Reports the issue. */
  readonly issues: () => Promise<readonly DefinitionIssue[]>;
}

const FOOTER = "steps: [{ id: draft, agentId: writer, task: Write }]\n";

function conditional(condition: string): string {
  return `{ id: draft, if: "${condition}", agentId: writer, task: Write }`;
}

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
    "name: Notes\nsteps:\n  - { id: draft-1, agentId: writer, task: Write }\n" +
      "  # … 10,001 steps …\n",
    `name: Notes\nsteps:\n${Array.from(
      { length: 10_001 },
      (_, index) => `  - { id: draft-${index + 1}, agentId: writer, task: Write }\n`,
    ).join("")}`,
  ],
  [
    "AXW1313",
    `name: Notes\nsteps: [${conditional("!!! … more than 64 levels … true")}]\n`,
    `name: Notes\nsteps: [${conditional(`${"!".repeat(66)}true`)}]\n`,
  ],
  [
    "AXW1504",
    "name: Notes\nsteps:\n  - id: draft\n    agentId: writer\n    task: Write\n" +
      "    output: { enum: [0, 1, … more than 10,000 values …] }\n",
    "name: Notes\nsteps:\n  - id: draft\n    agentId: writer\n    task: Write\n" +
      `    output: { enum: [${Array.from({ length: 20_000 }, (_, index) => index).join(", ")}] }\n`,
  ],
];

const SECRET = `name: Notes
steps:
  - id: publish
    run:
      script: ./publish.sh
      env: { TOKEN: "\${{ secrets.BLOG_TOKEN }}" }
`;

const UNSERVED = `name: Notes
steps:
  - { id: draft, agentId: writer, task: Write }
`;

const TOO_LONG = `name: Notes
steps:
  - { id: draft, agentId: writer, task: Write, timeout: 60d }
`;

const PROGRAM = `name: Notes
agents: { writer: { command: [no-such-program] } }
steps: [{ id: draft, agentId: writer, task: Write }]
`;

/** Issues that no text has: those of data, of files, and of the host that starts a run. */
const ELSEWHERE: readonly IssueExample[] = [
  {
    code: "AXW1017",
    blocks: [
      {
        language: "ts",
        shown:
          'const steps = [{ id: "draft", agentId: "writer", task: "Write" }];\n' +
          'new WorkflowParser().validate({ name: "Notes", context: { ids: new Set() }, steps });\n',
      },
    ],
    issues: () => {
      const steps = [{ id: "draft", agentId: "writer", task: "Write" }];
      const definition = { name: "Notes", context: { ids: new Set() }, steps };
      return Promise.resolve(new WorkflowParser().validate(definition));
    },
  },
  {
    code: "AXW1018",
    blocks: [{ language: "ts", shown: 'await new WorkflowParser().checkFile("drafts/");\n' }],
    issues: () =>
      inFolder({}, async (folder) => (await new WorkflowParser().checkFile(folder)).issues),
  },
  {
    code: "AXW1118",
    blocks: [{ language: "yaml", shown: PROGRAM }],
    issues: () => inFolder({ "workflow.yaml": PROGRAM }, issuesOfCommand),
  },
  {
    code: "AXW1629",
    blocks: [{ language: "yaml", shown: SECRET }],
    issues: () => refusalOf(SECRET),
  },
  {
    code: "AXW1801",
    blocks: [{ language: "yaml", shown: UNSERVED }],
    issues: async () => backendIssues(prepareWorkflow(UNSERVED), { agents: new Set(["reviewer"]) }),
  },
  {
    code: "AXW1802",
    blocks: [{ language: "yaml", shown: TOO_LONG }],
    issues: async () => backendIssues(prepareWorkflow(TOO_LONG), { maxTimeoutMs: 2_592_000_000 }),
  },
];

/** Every example, by the order of its code. */
export function readIssueExamples(): readonly IssueExample[] {
  const source = readFileSync(new URL("issue-examples.txt", import.meta.url), "utf8");
  const written = source
    .split(/^## /m)
    .slice(1)
    .map((section) => ofSection(section));
  const long = LONG.map(([code, shown, text]) =>
    ofFiles(code, [{ language: "yaml", file: "workflow.yaml", shown }], { "workflow.yaml": text }),
  );
  return [...written, ...long, ...ELSEWHERE].sort((one, other) =>
    one.code.localeCompare(other.code),
  );
}

/** A section of the page: its blocks are files, and the one without a name is the definition. */
function ofSection(section: string): IssueExample {
  const blocks = [...section.matchAll(/^```(yaml|json|md)(?: (\S+))?\n([^]*?)^```$/gm)].map(
    ([, language = "", file, shown = ""]) => ({
      language,
      file: file ?? `workflow.${language}`,
      shown,
    }),
  );
  const texts = Object.fromEntries(blocks.map(({ file, shown }) => [file, shown]));
  return ofFiles(section.slice(0, "AXW1234".length), blocks, texts);
}

function ofFiles(
  code: string,
  blocks: readonly ShownBlock[],
  files: Readonly<Record<string, string>>,
): IssueExample {
  const definition = blocks.find(({ file }) => file?.startsWith("workflow.") === true)?.file;
  return {
    code,
    blocks,
    issues: () =>
      inFolder(files, async (folder) => {
        const path = join(folder, definition ?? "workflow.yaml");
        return (await new WorkflowParser().checkFile(path)).issues;
      }),
  };
}

/** The issues with which an engine that knows no secret refuses to start a definition. */
async function refusalOf(text: string): Promise<readonly DefinitionIssue[]> {
  await using engine = await WorkflowEngine.open({
    database: ":memory:",
    secrets: () => undefined,
  });
  try {
    const run = await engine.start(text);
    await run.ending;
    return [];
  } catch (error) {
    if (error instanceof WorkflowError) return error.issues ?? [];
    throw error;
  }
}

/** The issues that `axw validate` reports; only a command looks for the programs of agents. */
function issuesOfCommand(folder: string): Promise<readonly DefinitionIssue[]> {
  const command = fileURLToPath(new URL("../../packages/cli/dist/bin.js", import.meta.url));
  const { stdout } = spawnSync(process.execPath, [command, "validate", "workflow.yaml", "--json"], {
    cwd: folder,
    encoding: "utf8",
  });
  return Promise.resolve((JSON.parse(stdout) as { issues: readonly DefinitionIssue[] }).issues);
}

/** Writes files into a new folder. The issues do not name the folder, so that they stay the same. */
async function inFolder(
  files: Readonly<Record<string, string>>,
  check: (folder: string) => Promise<readonly DefinitionIssue[]>,
): Promise<readonly DefinitionIssue[]> {
  const folder = mkdtempSync(join(tmpdir(), "issue-example-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const issues = await check(folder);
    return issues.map((issue) => ({
      ...issue,
      message: issue.message.replaceAll(`${folder}/`, "").replaceAll(folder, "drafts"),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
