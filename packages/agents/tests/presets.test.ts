import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentDefinition } from "@automatosx/schemas";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { presetNames, presets } from "../src/preset/presets.js";
import { agentFromDefinition } from "../src/registry/agent-from-definition.js";
import { testRequest } from "../src/testing/index.js";
import { failureOf } from "./support/failure.js";
import { temporaryFolder } from "./support/processes.js";

/** A folder with programs of these names, which print their arguments and then their stdin. */
async function folderWith(...names: string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names)
    await writeFile(join(folder, name), '#!/bin/sh\nprintf "<%s>" "$@"\n/bin/cat\n', {
      mode: 0o755,
    });
  return folder;
}

describe("a preset", () => {
  test.each([
    ["claude", [], "<-p>the task"],
    ["claude", ["--model", "opus"], "<-p><--model><opus>the task"],
    ["codex", [], "<exec><->the task"],
    ["codex", ["--skip-git-repo-check"], "<exec><--skip-git-repo-check><->the task"],
    ["gemini", ["-m", "pro"], "<-m><pro>the task"],
  ] as const)(
    "%s with %j runs its non-interactive mode and reads the task from stdin",
    async (name, args, printed) => {
      const agent = presets[name].agent({ args, env: { PATH: await folderWith(name) } });
      expect(await agent.execute(testRequest({ task: "the task" }).request)).toBe(printed);
    },
  );

  test.each([
    ["claude", "install it with `npm install -g @anthropic-ai/claude-code`"],
    ["codex", "install it with `npm install -g @openai/codex`"],
    ["gemini", "install it with `npm install -g @google/gemini-cli`"],
  ] as const)(
    "%s fails with installation instructions when its program is not installed",
    async (name, hint) => {
      const agent = presets[name].agent({ env: { PATH: await folderWith() } });
      expect(await failureOf(agent.execute(testRequest().request))).toMatchObject({
        message: `program \`${name}\` was not found on PATH; ${hint} or change \`command\``,
        retryable: false,
      });
    },
  );

  test("counts as installed when an executable file with its name is on PATH", async () => {
    const [empty, full] = [await folderWith(), await folderWith("claude")];
    await writeFile(join(empty, "codex"), "not executable");
    await mkdir(join(empty, "gemini"));
    const installed = (PATH: string): string[] =>
      presetNames.filter((name) => presets[name].isInstalled({ PATH }));
    expect([installed(empty), installed(`${empty}:${full}`), installed("")]).toEqual([
      ["simulated"],
      ["claude", "simulated"],
      ["simulated"],
    ]);
  });

  describe("within the session of another agent program", () => {
    const outer = {
      CLAUDECODE: "1",
      CLAUDE_CODE_ENTRYPOINT: "cli",
      CLAUDE_CODE_SESSION_ID: "outer",
      CODEX_THREAD_ID: "outer",
      GEMINI_CLI: "1",
    };
    const configuration = {
      ANTHROPIC_API_KEY: "key",
      CLAUDE_CONFIG_DIR: "folder",
      CLAUDE_CODE_USE_BEDROCK: "1",
      CLAUDE_CODE_OAUTH_TOKEN: "token",
      CODEX_HOME: "folder",
      CODEX_SANDBOX: "seatbelt",
      GEMINI_API_KEY: "key",
      OPENAI_API_KEY: "key",
      NODE_OPTIONS: "--no-warnings",
    };

    beforeEach(() => {
      for (const [name, value] of Object.entries({ ...outer, ...configuration }))
        vi.stubEnv(name, value);
    });
    afterEach(() => {
      vi.unstubAllEnvs();
    });

    /** The variables of `outer` and `configuration` that the preset's program inherits. */
    async function inheritedBy(
      name: "claude" | "codex" | "gemini",
      env: Readonly<Record<string, string | null>> = {},
    ): Promise<Record<string, string>> {
      const folder = await temporaryFolder();
      await writeFile(join(folder, name), "#!/bin/sh\n/usr/bin/env\n", { mode: 0o755 });
      const agent = presets[name].agent({ env: { PATH: folder, ...env } });
      const printed = String(await agent.execute(testRequest().request)).split("\n");
      const known = Object.keys({ ...outer, ...configuration });
      const pairs = printed.map((line) => line.split("=", 2) as [string, string]);
      return Object.fromEntries(pairs.filter(([variable]) => known.includes(variable)));
    }

    test.each(["claude", "codex", "gemini"] as const)(
      "%s inherits the configuration and no mark of that session",
      async (name) => {
        expect(await inheritedBy(name)).toEqual(configuration);
      },
    );

    test("a variable in env replaces what is inherited, and null removes it", async () => {
      const env = { CLAUDECODE: "mine", CODEX_SANDBOX: null };
      const { CODEX_SANDBOX: _, ...kept } = configuration;
      expect(await inheritedBy("claude", env)).toEqual({ ...kept, CLAUDECODE: "mine" });
    });
  });

  test("takes its arguments, environment and limits from a definition", async () => {
    const definition: AgentDefinition = {
      type: "preset",
      preset: "gemini",
      args: ["-y"],
      env: { PATH: await folderWith("gemini") },
      cwd: ".",
      timeout: 60_000,
      grace: 10,
    };
    expect(
      await agentFromDefinition(definition, "g").execute(testRequest({ task: "hi" }).request),
    ).toBe("<-y>hi");
  });
});
