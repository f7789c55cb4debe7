import { describe, expect, test } from "vitest";
import { mismatches } from "./play.js";

const FLOW = `id: programs
steps:
  - { id: slow, run: { script: "sleep 0.2; echo done" } }
  - { id: side, agentId: a, task: x }
  - { id: after, agentId: a, task: "got \${{ steps.slow.output }}", dependencies: [slow] }
`;
const agents = { a: { sleep: "20m", then: { echo: true } } };

describe("a program in a case", () => {
  test("is started, and takes no time on the run's clock", async () => {
    const found = await mismatches(FLOW, {
      agents,
      expect: {
        status: "completed",
        results: { slow: "done", after: "got done" },
        launches: { a: 2 },
        elapsed: "20m",
      },
    });
    expect(found).toEqual([]);
  });

  test("is ended with its engine, and started again by the next one", async () => {
    const found = await mismatches(FLOW, {
      agents,
      do: [{ run: true, crashWhen: "slow" }, { resume: true }],
      expect: { status: "completed", attempts: { slow: 2 }, results: { after: "got done" } },
    });
    expect(found).toEqual([]);
  });

  test("finishes when the run is paused while it runs", async () => {
    const found = await mismatches(FLOW, {
      agents: { a: { echo: true } },
      do: [
        {
          run: true,
          pauseWhen: "slow",
          expect: { status: "paused", steps: { slow: "completed" } },
        },
        { resume: true },
      ],
      expect: { status: "completed", attempts: { slow: 1 } },
    });
    expect(found).toEqual([]);
  });

  test("is stopped at its timeout, when as much real time has passed", async () => {
    const workflow = "id: hangs\nsteps:\n  - { id: a, run: { script: sleep 60 }, timeout: 1s }\n";
    const found = await mismatches(workflow, {
      expect: { status: "failed", stepErrors: { a: { reason: "timeout" } }, elapsed: "1s" },
    });
    expect(found).toEqual([]);
  });

  test("gets the secrets of the case; a start without one of them is refused", async () => {
    const workflow =
      "id: secret\nsteps:\n  - { id: a, run: { script: 'echo $TOKEN', env: { TOKEN: '${{ secrets.TOKEN }}' } } }\n";
    const given = await mismatches(workflow, {
      secrets: { TOKEN: "0123456789" },
      expect: { status: "completed", results: { a: "***" } },
    });
    const missing = await mismatches(workflow, {
      do: [
        { run: true, refused: "AXW1629" },
        { run: true, refused: "invalid_definition" },
      ],
      expect: {},
    });
    expect([given, missing]).toEqual([[], []]);
  });

  test("reads and writes the files of the run, which agents write too", async () => {
    const workflow = `id: files
steps:
  - { id: write, agentId: writer, task: x, files: [notes/a.md] }
  - { id: read, run: { script: 'cat "$AX_RUN_DIR/notes/a.md"' }, dependencies: [write] }
`;
    const writer = { write: { "notes/a.md": "text\n" }, then: { text: "written" } };
    const right = { write: { "notes/a.md": "text\n" } };
    const [found, wrong] = [
      await mismatches(workflow, {
        agents: { writer },
        expect: { status: "completed", results: { read: "text" }, files: right },
      }),
      await mismatches(workflow, { agents: { writer }, expect: { files: { write: {} } } }),
    ];
    expect([found, wrong]).toEqual([
      [],
      [{ at: "expect.files.write", expected: {}, found: right.write }],
    ]);
  });
});
