import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentDefinition } from "@automatosx/schemas";
import { normaliseAgent } from "@automatosx/schemas";
import { workingDirectory } from "@automatosx/workflow/programs";
import { describe, expect, test } from "vitest";
import { parseAgentsFile } from "../src/agents-file/agents-file.js";
import { processAgent } from "../src/process/process-agent.js";
import { agentFromDefinition } from "../src/registry/agent-from-definition.js";
import { testRequest } from "../src/testing/index.js";
import { temporaryFolder } from "./support/processes.js";

/** A folder with `tool.sh`, which prints its folder and the one that it runs in, and `sub`. */
async function project(): Promise<string> {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "tool.sh"), '#!/bin/sh\necho "$(dirname "$0") $(pwd)"\n');
  chmodSync(join(folder, "tool.sh"), 0o755);
  return folder;
}

const tool = (more: object = {}): AgentDefinition =>
  normaliseAgent({ command: ["./tool.sh"], ...more } as never);

describe("the folder in which a run was started", () => {
  test("is where a program runs, unless the agent has a folder of its own", async () => {
    const folder = await project();
    const { request } = testRequest({ directory: folder });
    const outputs = [{}, { cwd: "/" }].map((options) =>
      processAgent({ command: ["pwd"], ...options }).execute(request),
    );
    expect(await Promise.all(outputs)).toEqual([folder, "/"]);
  });

  test("is the base of relative paths of an agent from a workflow file", async () => {
    const folder = await project();
    const { request } = testRequest({ directory: folder });
    const outputs = [tool(), tool({ cwd: "sub" })].map((definition) =>
      agentFromDefinition(definition, "tool", {}).execute(request),
    );
    expect(await Promise.all(outputs)).toEqual([
      `${folder} ${folder}`,
      `${folder} ${join(folder, "sub")}`,
    ]);
  });

  test("is where the programs of an agents file run, whose paths its own folder resolves", async () => {
    const [folder, elsewhere] = [await project(), await temporaryFolder()];
    const registry = parseAgentsFile(
      "agents: { tool: { command: [./tool.sh] }, sub: { command: [pwd], cwd: sub } }",
      join(folder, "agents.yaml"),
    );
    const { request } = testRequest({ directory: elsewhere });
    const outputs = ["tool", "sub"].map(async (id) => registry.get(id)?.execute(request));
    expect(await Promise.all(outputs)).toEqual([`${folder} ${elsewhere}`, join(folder, "sub")]);
  });

  test("is what the program's PWD says, unless a link there leads to the folder", async () => {
    const [folder, elsewhere] = [await project(), await temporaryFolder()];
    const link = join(elsewhere, "link");
    symlinkSync(folder, link);
    expect([
      workingDirectory(folder, { PWD: elsewhere }),
      workingDirectory(folder, { PWD: join(elsewhere, "gone") }),
      workingDirectory(folder, { PWD: link }),
      workingDirectory(folder, { PWD: folder }),
      workingDirectory(folder, {}),
    ]).toEqual([{ PWD: folder }, { PWD: folder }, {}, {}, {}]);
    const printed = processAgent({ command: ["printenv", "PWD"] });
    expect(await printed.execute(testRequest({ directory: folder }).request)).toBe(folder);
  });

  test("is part of the request that a program reads as JSON", async () => {
    const folder = await project();
    const agent = processAgent({ command: ["cat"], input: "json", output: "json" });
    expect(await agent.execute(testRequest({ directory: folder }).request)).toMatchObject({
      directory: folder,
    });
  });

  test("fails the attempt, without another one, if it no longer exists", async () => {
    const { request } = testRequest({ directory: join(await project(), "gone") });
    await expect(processAgent({ command: ["pwd"] }).execute(request)).rejects.toMatchObject({
      message: expect.stringContaining("does not exist"),
      retryable: false,
    });
  });
});
