import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { axw, commandText, shell } from "../../src/command.js";
import { Output, safeJson } from "../../src/Output.js";
import { byteSize, parseByteSize } from "../../src/render/byte-size.js";
import { dot, mermaid } from "../../src/render/graph.js";
import { table, tableWithNotes } from "../../src/render/table.js";
import { count, duration } from "../../src/render/words.js";
import { wrap } from "../../src/render/wrap.js";
import { FakeStream } from "../harness/FakeStream.js";

describe("safeJson", () => {
  test("escapes every terminal control character, and keeps the value", () => {
    const value = { text: "\u001b[2J \u009b1A \u202e \u2028 é 漢" };
    const json = safeJson(value);
    expect({ value: JSON.parse(json), raw: /[\u007f-\u009f\u2028\u202e]/.test(json) }).toEqual({
      value,
      raw: false,
    });
  });
});

describe("words", () => {
  test("show a duration in at most two units", () => {
    expect([850, 12_340, 192_000, 7_500_000].map(duration)).toEqual([
      "850ms",
      "12.3s",
      "3m12s",
      "2h05m",
    ]);
  });

  test("make a noun agree with its count", () => {
    expect([count(1, "step"), count(2, "launch", "launches")]).toEqual(["1 step", "2 launches"]);
  });

  test("read and write a size in powers of 1024", () => {
    expect([byteSize(512), byteSize(1536), byteSize(3 * 1024 ** 3)]).toEqual([
      "512 bytes",
      "1.5 KB",
      "3.0 GB",
    ]);
    expect(["1.5KB", "2gb", "500", "MB", "-1MB"].map(parseByteSize)).toEqual([
      1536,
      2 * 1024 ** 3,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("commandText", () => {
  test("quotes words for a shell", () => {
    const command = axw("run", "flows/a.yaml", "--input", "it's a=b");
    expect(commandText(command, "axw")).toBe(`axw run flows/a.yaml --input 'it'\\''s a=b'`);
  });

  test("begins with the words that start axw in this installation", () => {
    expect(commandText(axw("list"), "npm run -s axw --")).toBe("npm run -s axw -- list");
  });

  test("adds the invocation's database, unless the command sets one, and leaves out the remark", () => {
    const commands = [
      { ...axw("doctor"), remark: "after fixing it" },
      axw("doctor", "--verify", "--db", "new.db"),
      axw("list", "--help"),
      axw("validate", "a.yaml"),
      shell("ls", "flows"),
    ];
    expect(commands.map((command) => commandText(command, "axw", { db: "my runs.db" }))).toEqual([
      "axw doctor --db 'my runs.db'",
      "axw doctor --verify --db new.db",
      "axw list --help",
      "axw validate a.yaml",
      "ls flows",
    ]);
  });
});

describe("wrap", () => {
  test("breaks lines between words on a terminal, but never in a pipe", () => {
    const text = "error  code  a few words\n  and more of them, onewordthatistoolong";
    const [terminal, pipe] = [new FakeStream({ columns: 14, rows: 5 }), new FakeStream()];
    expect(wrap(new Output(terminal), text, "    ")).toEqual([
      "error  code  a",
      "    few words",
      "  and more of",
      "    them,",
      "    onewordthatistoolong",
    ]);
    expect(wrap(new Output(pipe), text, "    ")).toEqual(text.split("\n"));
  });

  test("breaks text that has no spaces between its words, such as Chinese, at the width", () => {
    const terminal = new Output(new FakeStream({ columns: 16, rows: 5 }));
    expect(wrap(terminal, "failed 无法验证镜像服务器的证书链因此中止 (code 17)", "  ")).toEqual([
      "failed 无法验证",
      "  镜像服务器的证",
      "  书链因此中止",
      "  (code 17)",
    ]);
    expect(wrap(terminal, "a 无法验证镜像服务器的证书链".repeat(2000), " ").length).toBeGreaterThan(
      2000,
    );
  });
});

describe("table", () => {
  test("has any number of rows", () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
    expect(table(new Output(new FakeStream()), ["N"], rows).length).toBe(200_001);
  });

  test("omits an empty last column on a terminal, and keeps it in a pipe", () => {
    const [terminal, pipe] = [new FakeStream({ columns: 80, rows: 5 }), new FakeStream()];
    const lines = [terminal, pipe].map((stream) =>
      table(new Output(stream), ["RUN", "NOTE"], [["one", ""]]).map(stripVTControlCharacters),
    );
    expect(lines).toEqual([
      ["RUN", "one"],
      ["RUN  NOTE", "one"],
    ]);
  });

  test("cuts the last column first, then the widest others, so that a row fits the terminal", () => {
    const rows = [
      ["ask", "a program with many arguments", { status: "ok" }, "step-one, step-two, step-three"],
    ];
    const header = ["AGENT", "PERFORMED BY", "STATUS", "STEPS"];
    const lines = [90, 60, 50].map((columns) =>
      table(new Output(new FakeStream({ columns, rows: 5 })), header, rows).map((line) =>
        stripVTControlCharacters(line).trimEnd(),
      ),
    );
    expect(lines.map(([, row]) => row)).toEqual([
      "ask    a program with many arguments  ✔ ok    step-one, step-two, step-three",
      "ask    a program with many argum…  ✔ ok    step-one, step-…",
      "ask    a program with …  ✔ ok    step-one, step-…",
    ]);
  });

  test("puts notes below their rows on a terminal where one of them does not fit", () => {
    const rows = [
      ["one", "resume it: axw resume one"],
      ["two", ""],
    ];
    const lines = [40, 29].map((columns) =>
      tableWithNotes(new Output(new FakeStream({ columns, rows: 5 })), ["RUN", "NOTE"], rows).map(
        stripVTControlCharacters,
      ),
    );
    expect(lines).toEqual([
      ["RUN  NOTE", "one  resume it: axw resume one", "two"],
      ["RUN", "one", "        … axw resume one", "two"],
    ]);
  });
});

describe("tableWithNotes on a narrow terminal", () => {
  const header = ["RUN", "STATUS", "WORKFLOW", "STARTED", "NOTE"];
  const rows = [
    ["nightly-of-2026-03-01", { status: "failed" }, "release 1.0.0", "14:05:07", "why"],
  ];
  const at = (columns: number) =>
    tableWithNotes(new Output(new FakeStream({ columns, rows: 5 })), header, rows, {
      whole: ["RUN", "STARTED"],
      dropped: ["STARTED"],
    }).map((line) => stripVTControlCharacters(line));

  test("truncates other columns than an id, then leaves columns out", () => {
    expect([59, 54, 45].map(at)).toEqual([
      [
        "RUN                    STATUS    WORKFLOW       STARTED",
        "nightly-of-2026-03-01  ✖ failed  release 1.0.0  14:05:07",
        "        why",
      ],
      [
        "RUN                    STATUS    WORKFLOW    STARTED",
        "nightly-of-2026-03-01  ✖ failed  release 1…  14:05:07",
        "        why",
      ],
      [
        "RUN                    STATUS    WORKFLOW",
        "nightly-of-2026-03-01  ✖ failed  release 1.…",
        "        why",
      ],
    ]);
  });
});

describe("graphs", () => {
  const steps = [
    { id: 'a"b', name: 'a"b', agentId: "x<y>", status: "completed" as const },
    { id: "end", name: "The `end`", agentId: "x", status: "pending" as const },
  ];

  test("escape a name in Mermaid text", () => {
    expect(mermaid(steps, { edges: [['a"b', "end"]] })).toBe(`flowchart TD
  s0["a#34;b<br/>x#60;y#62;<br/>completed"]:::completed
  s1["end: The #96;end#96;<br/>x<br/>pending"]:::pending
  s0 --> s1
  classDef completed fill:#bbf7d0,stroke:#374151,color:#111827
  classDef pending fill:#e5e7eb,stroke:#374151,color:#111827
`);
  });

  test("escape a name in DOT text", () => {
    expect(dot(steps, { edges: [['a"b', "end"]] })).toContain(
      '  "a\\"b" [label="a\\"b\\nx<y>\\ncompleted", fillcolor="#bbf7d0"];\n',
    );
  });
});
