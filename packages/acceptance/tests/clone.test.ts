import { readFileSync, realpathSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Outside } from "./support/Outside.js";
import { root } from "./support/root.js";

const FLOW =
  "id: flow\nagents: { pwd: { command: [pwd] } }\nsteps: [{ id: where, agentId: pwd, task: Where }]\n";
const script = path.join(root, "scripts", "axw.mjs");

function withFlow(): Outside {
  const outside = new Outside();
  outside.write("my-app/flow.yaml", FLOW);
  outside.run("mkdir bin2 && cp -P bin/node bin2");
  symlinkSync(script, path.join(outside.folder, "bin2", "axw"));
  return outside;
}

// How axw is started in a clone, and the words that a suggested command must begin with then.
const started: readonly [string, string, (outside: Outside) => string][] = [
  [
    "npm --prefix CLONE run",
    "npm --prefix ../automatosx-workflow run -s axw --",
    ({ clone }) => `npm --prefix ${realpathSync(clone)} run -s axw --`,
  ],
  ["node CLONE/scripts/axw.mjs", `node ${script} --built`, () => `node ${script}`],
  [
    "node CLONE/scripts/axw.ts",
    `node ${script.replace(".mjs", ".ts")} --built`,
    () => `node ${script.replace(".mjs", ".ts")}`,
  ],
  ["a link on PATH", "PATH=$PWD/../bin2:$PATH axw --built", () => "axw"],
  ["a link elsewhere", "../bin2/axw --built", ({ folder }) => `${folder}/bin2/axw`],
];

describe("axw, started from a clone", () => {
  test.each(started)(
    "works in the caller's folder and suggests commands that can be typed there: %s",
    (_, command, suggested) => {
      const outside = withFlow();
      const lines = outside.run(`cd my-app && ${command} run flow.yaml 2>&1`).split("\n");
      const next = lines.findLast((line) => line.startsWith("next "))?.replace(/^next +/, "") ?? "";
      expect(lines.filter((line) => line.includes(`"${realpathSync(outside.app)}"`))).not.toEqual(
        [],
      );
      expect(next.replace(/ show \w+$/, " show RUN")).toBe(`${suggested(outside)} show RUN`);
    },
  );

  test("suggests npm run in the clone and in its folders, except in those of a package", () => {
    const outside = withFlow();
    outside.run("mkdir -p automatosx-workflow/docs automatosx-workflow/packages/cli");
    outside.write("automatosx-workflow/packages/cli/package.json", { name: "cli" });
    const nextIn = (folder: string, command: string): string => {
      const text = outside.run(`cd ${folder} && ${command} show x --db none.db 2>&1 || true`);
      return /^next +(.*) run FILE/m.exec(text)?.[1] ?? text;
    };
    const clone = realpathSync(outside.clone);
    expect([
      nextIn("automatosx-workflow", "npm run -s axw --"),
      nextIn("automatosx-workflow/docs", "npm run -s axw --"),
      nextIn("automatosx-workflow/packages/cli", "npm --prefix ../.. run -s axw --"),
    ]).toEqual(["npm run -s axw --", "npm run -s axw --", `npm --prefix ${clone} run -s axw --`]);
  });

  test("does not take the folder of the run that started it for the caller's", () => {
    const outside = withFlow();
    outside.write(
      "my-app/outer.yaml",
      [
        "id: outer",
        `agents: { inner: { command: [sh, -c, "cd ../automatosx-workflow && node ${script} --built run ../my-app/flow.yaml 2>&1"] } }`,
        "steps: [{ id: inner, agentId: inner, task: Run }]",
      ].join("\n"),
    );
    outside.run("cd my-app && npm --prefix ../automatosx-workflow run -s axw -- run outer.yaml");
    expect(outside.run("ls my-app/.ax/*.db automatosx-workflow/.ax/*.db")).toBe(
      "automatosx-workflow/.ax/workflow.db\nmy-app/.ax/workflow.db\n",
    );
  });
});

describe("the installation of a clone", () => {
  test("compares the engines of packages with the Node that is installed", () => {
    const { catalog, nodeVersion } = parse(
      readFileSync(path.join(root, "pnpm-workspace.yaml"), "utf8"),
    ) as { catalog: Record<string, string>; nodeVersion: string };
    expect(nodeVersion).toBe(catalog["node"]);
  });
});
