import { describe, expect, test } from "vitest";
import { Folder, workflow } from "./harness/axw.js";

const HOSTILE = `<script>alert(1)</script> & "quotes" 'x' ]]>`;

const FLOW = `${workflow(`
  - {id: design, agentId: sh, task: one}
  - {id: build, foreach: {in: [1, 2], as: n}, agentId: sh, task: two, dependencies: [design]}
  - {id: approve, gate: {ask: ${JSON.stringify(HOSTILE)}}, dependencies: [design]}
  - {id: report, agentId: sh, task: three, dependencies: [build, approve]}
`)}on:
  always: [{id: clean, agentId: sh, task: clean}]
`;

/**
 * The text of every element, and the names of the elements, in order. Fails for XML that is not
 * well formed.
 */
function readXml(xml: string): {
  readonly texts: readonly string[];
  readonly names: readonly string[];
} {
  const [texts, names, open]: [string[], string[], string[]] = [[], [], []];
  let rest = xml;
  while (rest !== "") {
    const token = /^<(\/?)([a-zA-Z]+)((?: [\w:-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)(\/?)>|^[^<]+/.exec(
      rest,
    );
    if (token === null) throw new Error(`not well formed: ${rest.slice(0, 80)}`);
    const [whole, isEnd, name = "", , isEmpty] = token;
    if (name === "") {
      if (/&(?!#\d+;)/.test(whole)) throw new Error(`not well formed: ${whole}`);
      const text = whole
        .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
        .trim();
      if (text !== "" && open.at(-1) !== "style") texts.push(text);
    } else if (isEnd === "/") expect(open.pop()).toBe(name);
    else {
      names.push(name);
      if (isEmpty === "") open.push(name);
    }
    rest = rest.slice(whole.length);
  }
  expect(open).toEqual([]);
  return { texts, names };
}

describe("axw graph --svg", () => {
  test("draws a file: each step with who performs it, and each dependency", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const { stdout, code } = await folder.here(["graph", "--svg", "flow.yaml"]);
    const { texts, names } = readXml(stdout);
    expect(code).toBe(0);
    expect(names.filter((name) => name === "g").length).toBeGreaterThanOrEqual(5);
    expect(stdout.match(/class="e/g)?.length).toBe(4);
    expect(texts).toEqual(
      expect.arrayContaining(["design", "sh", "build", "approve", "report", "on.always", "clean"]),
    );
  });

  test("keeps the text of a workflow text, and cuts what has no room", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const { texts, names } = readXml((await folder.here(["graph", "--svg", "flow.yaml"])).stdout);
    expect(new Set(names)).toEqual(new Set(["svg", "title", "style", "path", "g", "rect", "text"]));
    expect(texts.filter((text) => text.includes("<script>"))).toEqual([
      `approve: (gate), asks ${JSON.stringify(HOSTILE)}`.slice(0, 80),
    ]);
    expect(texts).toContain('(gate), asks "<scri…');
  });

  test("draws a run with the status of each step, and dashes the lines that it has not taken", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const { stdout } = await folder.here(["graph", "--svg", "r"]);
    const { texts } = readXml(stdout);
    expect(texts).toEqual(
      expect.arrayContaining([
        "completed",
        "2 of 2 items",
        "pending",
        "build: completed, 2 of 2 items",
      ]),
    );
    expect([...stdout.matchAll(/class="(e[^"]*)"/g)].map(([, name]) => name)).toEqual([
      "e",
      "e",
      "e todo",
      "e todo",
    ]);
  });

  test("draws the same file for the same workflow", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const draw = async (): Promise<string> =>
      (await folder.here(["graph", "flow.yaml", "--svg"])).stdout;
    expect(await draw()).toBe(await draw());
  });

  test("refuses another format beside it", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const { code, stderr } = await folder.here(["graph", "flow.yaml", "--svg", "--format", "dot"]);
    expect([code, stderr.includes("--svg") && stderr.includes("--format")]).toEqual([2, true]);
  });
});
