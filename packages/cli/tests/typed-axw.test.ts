import { describe, expect, test } from "vitest";
import { typedAxw } from "../src/typed-axw.js";

const LOCAL = "/app/node_modules/.bin/axw";
const agent = (name: string): Record<string, string> => ({
  npm_config_user_agent: `${name}/1.0.0 node/v24`,
  PATH: "/app/node_modules/.bin:/bin",
});

describe("the words that start axw", () => {
  test.each<[string, Record<string, string>, string | undefined, string]>([
    ["a program on PATH", { PATH: "/usr/bin" }, "/usr/bin/axw", "axw"],
    ["a program on PATH, in an npm script", agent("npm"), "/usr/bin/axw", "axw"],
    ["npx", agent("npm"), LOCAL, "npx axw"],
    ["pnpm exec", agent("pnpm"), "/app/node_modules/@automatosx/cli/dist/bin.js", "pnpm exec axw"],
    ["yarn with node_modules", agent("yarn"), LOCAL, "yarn axw"],
    ["yarn with Plug'n'Play", agent("yarn"), "/c/cli.zip/node_modules/cli/dist/bin.js", "yarn axw"],
    ["another package manager", agent("bun"), LOCAL, "npx axw"],
    ["its path in node_modules", { PATH: "/bin" }, LOCAL, "npx axw"],
    ["a folder of programs on PATH", { PATH: "/app/node_modules/.bin/:/bin" }, LOCAL, "axw"],
    ["AXW_COMMAND", { ...agent("npm"), AXW_COMMAND: "make axw" }, LOCAL, "make axw"],
    ["an empty AXW_COMMAND", { AXW_COMMAND: "" }, "/usr/bin/axw", "axw"],
    ["a program without a file", {}, undefined, "axw"],
  ])("are those that the user can type: %s", (_, env, script, expected) => {
    expect(typedAxw(env, script)).toBe(expected);
  });
});
