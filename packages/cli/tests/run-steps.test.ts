import { describe, expect, test } from "vitest";
import { Folder } from "./harness/axw.js";

const SECRET = `id: deploy
steps:
  - id: a
    run: { script: 'printf "%s" "$TOKEN" | wc -c; echo "$TOKEN"; env', env: { TOKEN: "\${{ secrets.API_TOKEN }}" } }
`;

const TOKEN = "t0psecret!";

/** The results that a run printed as JSON. */
function resultsIn(stdout: string): Record<string, unknown> {
  const last = stdout.trim().split("\n").at(-1) ?? "{}";
  return (JSON.parse(last) as { results: Record<string, unknown> }).results;
}

describe("axw agents of a workflow of programs", () => {
  test("says that no step needs an agent", async () => {
    const folder = new Folder({ "w.yaml": "id: one\nsteps: [{ id: a, run: [pwd] }]\n" });
    const { code, stdout } = await folder.here(["agents", "w.yaml"]);
    expect([code, stdout]).toEqual([0, "No step needs an agent: each runs a program.\n"]);
  });
});

describe("axw run of a program", () => {
  test("needs no agent, and runs in the folder of the run", async () => {
    const folder = new Folder({
      "w.yaml": "id: here\nsteps: [{ id: a, run: [pwd] }, { id: b, run: { script: 'pwd' } }]\n",
    });
    const { code, stdout } = await folder.axw(["run", "w.yaml", "--json"]);
    expect([code, resultsIn(stdout)]).toEqual([0, { a: folder.path, b: folder.path }]);
  });

  test("runs no program with --agents simulated, and needs no secret", async () => {
    const folder = new Folder({
      "w.yaml": SECRET.replace("'printf", '\'touch "$PWD/ran"; printf'),
    });
    const { code, stdout } = await folder.axw(["run", "w.yaml", "--agents", "simulated"]);
    expect([code, folder.has("ran"), stdout]).toEqual([
      0,
      false,
      expect.stringMatching(/1 of 1 completed {2}\(simulated\)/),
    ]);
  });

  test("fails with the last lines of stderr", async () => {
    const folder = new Folder({
      "w.yaml": "id: bad\nsteps: [{ id: a, run: { script: 'echo no such luck >&2; exit 3' } }]\n",
    });
    const { code, stdout, stderr } = await folder.axw(["run", "w.yaml"]);
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringContaining("the script (sh) exited with code 3: no such luck"),
    ]);
  });
});

describe("axw run of a program with a secret", () => {
  test("takes it from AXW_SECRET_ and its name, masks it, and passes on no such variable", async () => {
    const folder = new Folder({ "w.yaml": SECRET });
    const env = { AXW_SECRET_API_TOKEN: TOKEN, AXW_SECRET_OTHER: "another-canary" };
    const { code, stdout, stderr } = await folder.axw(["run", "w.yaml", "--json"], env);
    const result = String(resultsIn(stdout)["a"]);
    const { runId } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as { runId: string };
    const logs = await folder.axw(["logs", runId, "a"]);
    expect({
      code,
      size: Number.parseInt(result, 10),
      logged: logs.stdout.includes("***"),
      leaks: [TOKEN, "another-canary", "AXW_SECRET"].filter((text) =>
        (stdout + stderr + logs.stdout).includes(text),
      ),
      masked: result.includes("\n***\n") && result.includes("TOKEN=***"),
    }).toEqual({ code: 0, size: TOKEN.length, logged: true, leaks: [], masked: true });
  });

  test("is refused with exit code 2 if the variable is not set, and creates no database", async () => {
    const folder = new Folder({ "w.yaml": SECRET });
    const { code, stderr } = await folder.axw(["run", "w.yaml"]);
    expect([code, stderr, folder.has(".ax")]).toEqual([
      2,
      expect.stringMatching(/AXW1629[^]*API_TOKEN[^]*AXW_SECRET_API_TOKEN/),
      false,
    ]);
  });
});

describe("axw simulate of a program", () => {
  test("starts no program, and needs no secret", async () => {
    const folder = new Folder({
      "w.yaml": `id: touch
steps:
  - { id: a, run: { script: 'touch "$PWD/ran"', env: { TOKEN: "\${{ secrets.API_TOKEN }}" } } }
  - { id: b, dependencies: [a], run: [touch, ran] }
`,
    });
    const { code } = await folder.axw(["simulate", "w.yaml", "--seeds", "20"]);
    expect([code, folder.has("ran")]).toEqual([0, false]);
  });
});
