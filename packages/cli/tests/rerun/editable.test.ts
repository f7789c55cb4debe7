import { describe, expect, test } from "vitest";
import { main } from "../../src/main.js";
import { Folder, ndjson, workflow } from "../harness/axw.js";
import { FakeIo } from "../harness/FakeIo.js";

/** A gate that lets the plan be edited, and a step that is given the plan. */
const flow = (more = "") =>
  workflow(`  - {id: plan, agentId: sh, task: plan${more}}
  - id: review
    dependencies: [plan]
    gate: {ask: "Good plan?", show: "\${{ steps.plan.output }}", editable: steps.plan.output, form: {note: string?}}
  - {id: build, agentId: sh, task: "build \${{ steps.plan.output }}", dependencies: [plan, review]}
`);
const FLOW = flow();

const STRUCTURED = flow(", output: {type: object, required: [parts]}")
  .replace("agents:\n", `agents:\n  json: {command: [printf, '{"parts": 1}'], output: json}\n`)
  .replace("plan, agentId: sh", "plan, agentId: json")
  .replace(
    'steps.plan.output }}", dependencies: [plan, review]',
    'steps.plan.output.parts }}", dependencies: [plan, review]',
  );

interface Person {
  readonly typed: readonly string[];
  readonly edits?: (text: string) => string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the workflow with a person who types these lines. */
async function ask(text: string, { typed, edits, env = {} }: Person) {
  const folder = new Folder({ "flow.yaml": text });
  const io = new FakeIo({
    cwd: folder.path,
    env: { USER: "ann", ...env },
    terminal: { columns: 200, rows: 40 },
    typed,
    ...(edits !== undefined && { edits }),
  });
  const code = await main(["run", "flow.yaml", "--run-id", "r", "--ui", "lines"], io);
  const rows = io.out.plain.slice(io.out.plain.indexOf("? ")).split("\n");
  return { code, rows, folder, launches: folder.launches() };
}

const show = async (folder: Folder): Promise<string> => (await folder.here(["show", "r"])).stdout;

describe("a gate that lets a result be edited", () => {
  test("is approved with another result by --edit, in one event", async () => {
    const folder = new Folder({ "flow.yaml": FLOW, "plan.txt": "a better plan\n" });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const { code } = await folder.here(["approve", "r", "review", "--edit", "plan.txt"], {
      USER: "ann",
    });
    expect([code, folder.launches()]).toEqual([0, ["plan", "build a better plan"]]);
    expect(await show(folder)).toMatch(
      /^plan +✔ completed .*"a better plan" \(edited by ann at .*\)$/m,
    );
  });

  test("names its editable step in the list of questions", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    expect((await folder.here(["gates", "r"])).stdout).toContain(
      "  edits steps.plan.output (approve --edit FILE)",
    );
    const [question] = ndjson((await folder.here(["gates", "--json"])).stdout);
    expect(question).toMatchObject({ editable: "steps.plan.output" });
  });

  test("refuses a result that does not fit the output of the step, and stays open", async () => {
    const folder = new Folder({ "flow.yaml": STRUCTURED, "wrong.json": '{"other": 1}' });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const refused = await folder.here(["approve", "r", "review", "--edit", "wrong.json"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(
        /invalid_answer {2}The answer to `review` of run r does not fit: .*parts/,
      ),
    ]);
    expect(await show(folder)).toMatch(/^review +● open/m);
    const edited = await folder.here(["edit-output", "r", "plan", "wrong.json"]);
    expect([edited.code, edited.stderr]).toEqual([
      2,
      expect.stringMatching(
        /invalid_answer {2}The result for `plan` of run r does not fit the step: .*parts/,
      ),
    ]);
  });

  test("refuses --edit if it has no `editable` step", async () => {
    const folder = new Folder({
      "flow.yaml": FLOW.replace(" editable: steps.plan.output,", ""),
      "plan.txt": "x",
    });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const refused = await folder.here(["approve", "r", "review", "--edit", "plan.txt"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("invalid_answer  Gate `review` lets no result be edited."),
    ]);
  });

  test("opens the editor of the environment on the terminal", async () => {
    const { code, launches, rows } = await ask(FLOW, {
      typed: ["e", "fine"],
      edits: (text) => text.replace("did plan", "edited plan"),
      env: { EDITOR: "vi" },
    });
    expect([code, launches, rows[2]?.includes("[a/e/r/l]")]).toEqual([
      0,
      ["plan", "build edited plan"],
      true,
    ]);
  });

  test("reads a line if the environment names no editor", async () => {
    const { code, launches } = await ask(FLOW, { typed: ["e", "typed plan", ""] });
    expect([code, launches]).toEqual([0, ["plan", "build typed plan"]]);
  });

  test("asks again if the text is not JSON, or if nothing was changed", async () => {
    const texts = ["{", '{"parts": 2}\n'];
    const { code, launches, rows } = await ask(STRUCTURED, {
      typed: ["e", "y", ""],
      edits: () => texts.shift() ?? "",
      env: { VISUAL: "vi" },
    });
    expect([code, launches, rows.join("\n").includes("It must be JSON")]).toEqual([
      0,
      ["build 2"],
      true,
    ]);
    const same = await ask(FLOW, {
      typed: ["e", "a", ""],
      edits: (text) => text,
      env: { EDITOR: "vi" },
    });
    expect([same.code, same.launches]).toEqual([0, ["plan", "build did plan"]]);
    expect(same.rows.join("\n")).toContain("plan stays as it is.");
  });

  test("keeps the result if the editor fails", async () => {
    const { code, rows } = await ask(FLOW, {
      typed: ["e", "l"],
      edits: () => {
        throw new Error("killed");
      },
      env: { EDITOR: "vi" },
    });
    expect([code, rows.join("\n").includes("vi did not end normally")]).toEqual([3, true]);
  });
});
