import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { agentFromDefinition, checkAgentsFile } from "@automatosx/agents";
import { prepareWorkflow, WorkflowEngine, WorkflowParser } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { axwFile } from "./support/axw.js";
import {
  type CodeBlock,
  documents,
  isKnown,
  matchesOutput,
  readBlocks,
} from "./support/code-blocks.js";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";
import { typeCheck } from "./support/typescript-blocks.js";

const blocks = documents.flatMap(readBlocks);
const marked = (...infos: readonly string[]): [string, CodeBlock][] =>
  blocks
    .filter(({ info }) => infos.includes(info))
    .map((block) => [`${block.document}:${block.line}`, block]);
const formatOf = ({ info }: CodeBlock): "yaml" | "json" =>
  info.startsWith("json") ? "json" : "yaml";

describe("a code block in the documents", () => {
  test("has a known type, or says why it is not run", () => {
    expect(
      blocks
        .filter(({ info }) => !isKnown(info))
        .map(({ document, line, info }) => `${document}:${line} ${info}`),
    ).toEqual([]);
  });

  test.each(marked("yaml run", "json run"))("%s completes", async (_, block) => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { "*": ({ task }) => task },
      agentFactory: agentFromDefinition,
    });
    const options = { format: formatOf(block), base: savedFolder(block.document) };
    const run = await engine.start(prepareWorkflow(block.text, options));
    const { status, error } = await run.ending;
    expect({ status, error }).toEqual({ status: "completed", error: undefined });
  });

  test.each(marked("yaml part"))("%s is a valid part of a workflow", (_, block) => {
    const outcome = new WorkflowParser().check(`id: part\n${block.text}`, "yaml");
    expect(outcome).toMatchObject({ ok: true, issues: [] });
  });

  test.each(marked("yaml agents"))("%s is a valid list of agents", (_, block) => {
    const outcome = new WorkflowParser().check(
      `id: part\nsteps: [{ id: a, agentId: a, task: a }]\n${block.text}`,
      "yaml",
    );
    expect(outcome).toMatchObject({ ok: true, issues: [] });
  });

  test.each(marked("yaml agents file"))("%s is a valid agents file", (_, block) => {
    expect(checkAgentsFile(block.text, "agents.yaml").issues).toEqual([]);
  });

  test.each(marked("yaml wrong"))(
    "%s is refused, and each issue has a location and a remedy",
    (_, block) => {
      const base = savedFolder(block.document);
      const outcome = new WorkflowParser({ base }).check(block.text, "yaml");
      const issues = outcome.ok ? [] : outcome.issues;
      expect(issues.length).toBeGreaterThan(0);
      expect(
        issues.filter(({ line, column, remedy }) => line < 1 || column < 1 || remedy === undefined),
      ).toEqual([]);
    },
  );

  const programs = marked("ts run");
  const { files, problems } = typeCheck(programs.map(([, block]) => block.text));

  test("type-checks if it is TypeScript", () => {
    expect(problems).toBe("");
  });

  test.each(programs.map(([place, block], index) => [place, block, files[index] ?? ""] as const))(
    "%s prints the output shown below it",
    (_, block, file) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
        encoding: "utf8",
        cwd: sandbox(),
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toSatisfy(
        (text: string) => matchesOutput(text, block.output ?? "…"),
        `should print:\n${block.output ?? "anything"}`,
      );
    },
  );

  test.each(marked("sh run"))(
    "%s runs in this repository and prints the output shown below it",
    (_, block) => {
      const folder = sandbox();
      runBlock(block, root, {
        ...shellEnvironment(folder),
        AXW_DB: path.join(folder, "workflow.db"),
      });
    },
  );

  test.each(
    documents.filter((name) => marked("sh page").some(([at]) => at.startsWith(`${name}:`))),
  )("%s can be followed in an empty folder", (document) => {
    const folder = sandbox();
    const { AXW_DB: _, ...env } = shellEnvironment(sandbox());
    symlinkSync(path.join(root, "examples"), path.join(folder, "examples"));
    for (const block of readBlocks(document)) {
      if (block.savedAs !== undefined) {
        const file = path.join(folder, block.savedAs);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, block.text);
      }
      if (block.info === "sh page") runBlock(block, folder, env);
    }
  });
});

/** A folder with the files that a document says to save. */
function savedFolder(document: string): string {
  const folder = sandbox();
  for (const block of blocks)
    if (block.document === document && block.savedAs !== undefined)
      writeFileSync(path.join(folder, block.savedAs), block.text);
  return folder;
}

/** The environment of a shell that finds `axw` and Node. `folder` gets the programs. */
function shellEnvironment(folder: string): NodeJS.ProcessEnv {
  const bin = path.join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(
    path.join(bin, "axw"),
    `#!/bin/sh\nexec "${process.execPath}" "${axwFile}" "$@"\n`,
    { mode: 0o755 },
  );
  symlinkSync(process.execPath, path.join(bin, "node"));
  return {
    ...process.env,
    NO_COLOR: "1",
    PATH: `${bin}${path.delimiter}${process.env["PATH"]}`,
  };
}

function runBlock(block: CodeBlock, cwd: string, env: NodeJS.ProcessEnv): void {
  const { stdout, stderr, status } = spawnSync(
    "bash",
    ["-e", "-o", "pipefail", "-c", asScript(block.text)],
    { encoding: "utf8", cwd, env },
  );
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toSatisfy(
    (text: string) => matchesOutput(text, block.output ?? "…"),
    `should print:\n${block.output ?? "anything"}`,
  );
}

// Calls the built axw directly, since a rebuild would disturb other tests. A killed command does
// not count as failed.
function asScript(text: string): string {
  return text
    .replaceAll("npm run -s axw --", "axw")
    .replace(/^timeout -s KILL .*$/gm, "$& || [ $? -eq 137 ]");
}

describe("docs/start.md", () => {
  test("names every page of the guide", () => {
    const text = readFileSync(path.join(root, "docs", "start.md"), "utf8");
    const pages = documents.filter((name) => name.startsWith("docs/guide/"));
    expect(pages.filter((page) => !text.includes(`](${page.replace("docs/", "")})`))).toEqual([]);
  });
});

describe("the links in a document", () => {
  test.each([...documents, "CHANGELOG.md"])("%s links only to existing files", (document) => {
    const text = readFileSync(path.join(root, document), "utf8");
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(
      ([, target]) => target ?? "",
    );
    expect(
      targets.filter((target) => !existsSync(path.join(root, path.dirname(document), target))),
    ).toEqual([]);
  });
});
