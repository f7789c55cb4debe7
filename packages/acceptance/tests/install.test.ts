import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type CodeBlock, documents, readBlocks } from "./support/code-blocks.js";
import { Outside } from "./support/Outside.js";
import { root } from "./support/root.js";

/** The time limit in ms: enough for a cold cache and a slow registry. */
const INSTALL_LIMIT_MS = 240_000;

const GUIDE = "docs/guide/install.md";
/** consumer.test.ts runs the block of this page, and checks what it prints. */
const CONSUMER = "examples/consumer/README.md";
const blocks = documents
  .filter((name) => name !== CONSUMER)
  .flatMap(readBlocks)
  .filter(({ info }) => info === "sh install");

/** The package managers of the guide, with the commands that begin one of its blocks. */
const MANAGERS = [
  { name: "npm", installs: /^npm install \S+$/m, yarn: "yarn", hello: "node hello.mjs" },
  { name: "pnpm", installs: /^pnpm add/m, yarn: "yarn", hello: "node hello.mjs" },
  {
    name: "Yarn 4",
    installs: /^yarn add \\$/m,
    yarn: "@yarnpkg/cli-dist",
    hello: "yarn node hello.mjs",
  },
  { name: "Yarn Classic", installs: /^yarn add --/m, yarn: "yarn", hello: "node hello.mjs" },
] as const;

const isOfManager = ({ text }: CodeBlock): boolean =>
  text.startsWith("cd my-app") && MANAGERS.some(({ installs }) => installs.test(text));

describe("the guide to installation", () => {
  test.each(MANAGERS.map((manager) => [manager.name, manager] as const))(
    "installs the packages with %s outside the clone, suggests commands that start there, and updates them",
    (name, { installs, yarn, hello }) => {
      const [install] = blocks.filter((block) => isOfManager(block) && installs.test(block.text));
      const outside = new Outside({ yarn });
      outside.run(install?.text ?? "exit 1");
      const axw = /^(.* axw) --version$/m.exec(install?.text ?? "")?.[1] ?? "exit 1";
      expect(outside.run(`cd my-app && ${axw} show none 2>&1 || true`)).toMatch(
        new RegExp(`^next +${axw} run FILE$`, "m"),
      );
      outside.write("my-app/hello.mjs", helloProgram());
      expect(outside.run(`cd my-app && ${hello}`)).toContain("ask did: Ask\n");

      outside.run(CHANGE);
      outside.run(`cd my-app && ${updateCommand(name)}`);
      const updated = outside.run(`cd my-app && ${hello}`);
      expect([updated.includes("changed\n"), updated.includes("ask did: Ask\n")]).toEqual([
        true,
        true,
      ]);
    },
    INSTALL_LIMIT_MS,
  );

  test.each(
    blocks
      .filter((block) => !isOfManager(block))
      .map((block): [string, CodeBlock] => [`${block.document}:${block.line}`, block]),
  )(
    "%s runs beside a clone",
    (_, block) => {
      expect(new Outside().run(block.text)).toMatch(/\S/);
    },
    INSTALL_LIMIT_MS,
  );
});

describe("npm run pack", () => {
  test("replaces the tarballs of an earlier version, and no other files", () => {
    const outside = new Outside();
    outside.run(
      "mkdir my-app/vendor && cd my-app/vendor && touch automatosx-workflow-0.0.9.tgz other-1.tgz",
    );
    outside.run("cd my-app && npm --prefix ../automatosx-workflow run -s pack -- vendor");
    expect(outside.run("cd my-app/vendor && ls | sed 's/-[0-9].*//'").split("\n")).toEqual([
      "automatosx-agents",
      "automatosx-cli",
      "automatosx-dashboard",
      "automatosx-rescript-core",
      "automatosx-schemas",
      "automatosx-simulation",
      "automatosx-workflow",
      "backend-postgres",
      "backend-restate",
      "langgraph",
      "other",
      "",
    ]);
  });

  test("prints the lines of the guide", () => {
    const printed = new Outside().run(
      "cd my-app && npm --prefix ../automatosx-workflow run -s pack -- vendor",
    );
    const missing = blocks
      .filter(isOfManager)
      .flatMap(({ text }) => text.split("\n"))
      .filter((line) => line.includes("/vendor/") && !printed.includes(`\n${line}\n`));
    expect(missing).toEqual([]);
  });

  test("refuses a file in the place of the folder, and a second folder", () => {
    const outside = new Outside();
    const pack = "cd my-app && npm --prefix ../automatosx-workflow run -s pack --";
    expect(() => outside.run(`${pack} package.json`)).toThrow(/package\.json is a file\. Name a/);
    expect(() => outside.run(`${pack} one two`)).toThrow(/takes one folder; it got 2\./);
  });
});

/** Puts another tarball of the same version in the place of one that is installed. */
const CHANGE = `
mkdir other && tar -xzf my-app/vendor/automatosx-workflow-*.tgz -C other
printf '\\nconsole.log("changed");\\n' >> other/package/dist/index.js
tar -czf my-app/vendor/automatosx-workflow-*.tgz -C other package`;

function helloProgram(): string {
  const saved = readBlocks(GUIDE).find(({ savedAs }) => savedAs === "hello.mjs");
  return saved?.text ?? "";
}

/** The command in the table of the guide's last section. */
function updateCommand(manager: string): string {
  const row = readFileSync(path.join(root, GUIDE), "utf8")
    .split("\n")
    .find((line) => line.startsWith(`| ${manager} `));
  return /`([^`]+)`/.exec(row ?? "")?.[1] ?? "exit 1";
}
