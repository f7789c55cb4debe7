import { describe, expect, test } from "vitest";
import { type Ended, Folder, ndjson, workflow } from "./harness/axw.js";

const GATES = workflow(`  - {id: notes, agentId: sh, task: notes}
  - id: review
    dependencies: [notes]
    gate:
      ask: "Publish \${{ steps.notes.output }}?"
      show: {notes: "\${{ steps.notes.output }}"}
      form: {channel: [beta, stable], copies: integer?, note: string?}
      to: [alice]
  - {id: publish, agentId: sh, task: "to \${{ steps.review.output.channel }}", dependencies: [review]}
`);

/** A folder in which the run `r` waits for its gate. */
async function waiting(text = GATES): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": text });
  await folder.here(["run", "flow.yaml", "--run-id", "r"]);
  return folder;
}

const lines = (text: string): string[] => text.trimEnd().split("\n");

/** What \`axw show --json\` says of a step. */
async function stepOf(folder: Folder, stepId: string): Promise<Record<string, unknown>> {
  const [shown] = ndjson((await folder.here(["show", "r", "--json"])).stdout);
  const steps = shown?.["steps"] as Record<string, unknown>[];
  return steps.find(({ id }) => id === stepId) ?? {};
}

async function statusOf(folder: Folder): Promise<unknown> {
  const [row] = ndjson((await folder.here(["list", "--json"])).stdout);
  return row?.["status"];
}

function refusal({ code, stdout, stderr }: Ended): object {
  return { code, stdout, first: lines(stderr)[0], next: /^next {3}(.*)$/m.exec(stderr)?.[1] };
}

describe("a run that waits for a gate", () => {
  test("pauses with exit code 3, and its last lines name the question and the command", async () => {
    const folder = new Folder({ "flow.yaml": GATES });
    const { code, stdout, stderr } = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    expect({ code, out: lines(stdout).slice(-2), err: lines(stderr).slice(-2) }).toEqual({
      code: 3,
      out: ["‖ paused  run r: 1 of 3 completed", "why    waits for review: Publish did notes?"],
      err: [
        "next   axw approve r review --set channel=CHANNEL",
        "       (replace the words in capitals; `reject` instead of `approve` rejects it)",
      ],
    });
  });

  test("says in its JSON outcome why it is paused and what it waits for", async () => {
    const folder = new Folder({ "flow.yaml": GATES });
    const { stdout } = await folder.here(["run", "flow.yaml", "--run-id", "r", "--json"]);
    expect(ndjson(stdout).at(-1)).toMatchObject({
      type: "run_ending",
      status: "paused",
      pausedFor: "waiting",
      waitsFor: ["review"],
    });
  });

  test("shows its question in the table of steps, in the list and in the reasons", async () => {
    const folder = await waiting();
    const [shown, listed, why] = await Promise.all(
      [["show", "r"], ["list"], ["why", "r", "publish"]].map((args) => folder.here(args)),
    );
    expect(shown?.stdout).toMatch(/^review {3}● open +1 +Publish did notes\?$/m);
    expect(shown?.stdout).toMatch(/^paused {3}waits for review: Publish did notes\?$/m);
    expect(listed?.stdout).toContain("waits for review: Publish did notes?");
    expect(lines(why?.stdout ?? "")).toEqual([
      "publish waits for review",
      "review waits for an answer: Publish did notes?",
    ]);
  });
});

describe("axw gates", () => {
  test("lists the questions of all runs, or those of one with what they show and ask", async () => {
    const folder = await waiting();
    const [all, one] = [await folder.here(["gates"]), await folder.here(["gates", "r"])];
    expect(lines(all.stdout).map((line) => line.replace(/\S+ ago$/, "TIME ago"))).toEqual([
      "RUN  STEP    KIND  WAITS FOR           SINCE",
      "r    review  gate  Publish did notes?  TIME ago",
    ]);
    expect(lines(one.stdout).slice(2)).toEqual([
      "review  Publish did notes?",
      "  to    alice",
      "  shows {",
      '          "notes": "did notes"',
      "        }",
      "  asks  channel: one of beta, stable",
      "        copies: a whole number (optional)",
      "        note: text (optional)",
    ]);
  });

  test("prints one JSON object per question", async () => {
    const folder = await waiting();
    const [question, ...others] = ndjson((await folder.here(["gates", "--json"])).stdout);
    expect([question, others]).toEqual([
      {
        schemaVersion: 2,
        runId: "r",
        workflowId: "sample",
        stepId: "review",
        attemptNumber: 1,
        kind: "gate",
        ask: "Publish did notes?",
        show: { notes: "did notes" },
        form: expect.objectContaining({ required: ["channel"] }),
        to: ["alice"],
        openedAt: expect.any(Number),
      },
      [],
    ]);
  });

  test("says so if no run waits", async () => {
    const folder = await waiting();
    await folder.here(["approve", "r", "review", "--set", "channel=beta"]);
    const [all, one] = [await folder.here(["gates"]), await folder.here(["gates", "r"])];
    expect([all.code, all.stdout, lines(all.stderr)[0]]).toEqual([
      0,
      "",
      "No run waits for an answer.",
    ]);
    expect(lines(one.stderr)[0]).toBe("Run r does not wait for an answer.");
  });
});

describe("axw approve", () => {
  test("records the values, and resumes the run", async () => {
    const folder = await waiting();
    const { code, stderr } = await folder.here(
      ["approve", "r", "rev", "--set", "channel=beta", "--set", "copies=3", "--note", "good"],
      { USER: "ann" },
    );
    expect({ code, first: lines(stderr)[0], launches: folder.launches() }).toEqual({
      code: 0,
      first: "Approved review of run r.",
      launches: ["notes", "to beta"],
    });
    expect((await stepOf(folder, "review"))["result"]).toEqual({
      channel: "beta",
      copies: 3,
      note: "good",
      approved: true,
    });
    expect((await folder.here(["events", "r"])).stdout).toMatch(
      /approved +review {2}by ann {2}good$/m,
    );
  });

  test("takes the values of a file, and only records them with --no-resume", async () => {
    const folder = await waiting();
    folder.write("values.json", '{"channel": "stable"}');
    const args = ["approve", "r", "review", "--values", "values.json", "--no-resume", "--json"];
    const { code, stdout, stderr } = await folder.here(args, { USER: "ann" });
    expect({ code, stdout: ndjson(stdout), launches: folder.launches() }).toEqual({
      code: 0,
      stdout: [
        {
          schemaVersion: 2,
          type: "gate_answered",
          runId: "r",
          stepId: "review",
          attemptNumber: 1,
          approved: true,
          values: { channel: "stable" },
          by: "ann",
        },
      ],
      launches: ["notes"],
    });
    expect(lines(stderr).slice(-2)).toEqual(["Run r was not resumed.", "next   axw resume r"]);
    expect((await folder.here(["resume", "r"])).code).toBe(0);
  });

  test("does not resume a run that a person paused", async () => {
    const folder = new Folder({
      "flow.yaml": GATES.replace(
        "  - {id: publish",
        "  - {id: other, agentId: slow, task: other}\n  - {id: publish",
      ),
    });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await run.until(/^opened +review/m);
    await folder.here(["pause", "r"]);
    folder.write("go");
    await run.ended;
    const { code, stderr } = await folder.here(["approve", "r", "review", "--set", "channel=beta"]);
    expect({ code, last: lines(stderr).slice(-2), status: await statusOf(folder) }).toEqual({
      code: 0,
      last: ["Run r stays paused, because a person paused it.", "next   axw resume r"],
      status: "paused",
    });
  });

  test("answers a run that another process works on, which then continues", async () => {
    const folder = new Folder({
      "flow.yaml": `${GATES}  - {id: other, agentId: slow, task: other}\n`,
    });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await run.until(/^opened +review/m);
    const { code, stderr } = await folder.here(["approve", "r", "review", "--set", "channel=beta"]);
    await run.until(/^completed +publish/m);
    folder.write("go");
    expect({ code, text: lines(stderr)[1], ended: (await run.ended).code }).toEqual({
      code: 0,
      text: `Run r continues in process ${run.child.pid}.`,
      ended: 0,
    });
  });

  test.each([
    [["--set", "channel=gamma"], "invalid_answer"],
    [[], "invalid_answer"],
    [["--set", "copies=many", "--set", "channel=beta"], "invalid_argument"],
    [["--set", "channel"], "invalid_argument"],
    [["--set", "channel=beta", "--attempt", "2"], "gate_not_open"],
  ])("refuses %j, and the gate stays open", async (args, code) => {
    const folder = await waiting();
    const { stderr } = await folder.here(["approve", "r", "review", ...args]);
    expect([
      /^error {2}(\w+)/.exec(stderr)?.[1],
      (await stepOf(folder, "review"))["status"],
    ]).toEqual([code, "open"]);
  });

  test("names the values that are needed if they are missing", async () => {
    const folder = await waiting();
    const { stderr } = await folder.here(["approve", "r", "review", "--set", "copies=1"]);
    expect(/^next {3}(.*)$/m.exec(stderr)?.[1]).toBe("axw approve r review --set channel=CHANNEL");
  });

  test("refuses a step that is not open, and names those that are", async () => {
    const folder = await waiting();
    expect(refusal(await folder.here(["approve", "r", "notes"]))).toEqual({
      code: 2,
      stdout: "",
      first: "error  gate_not_open  Step `notes` of run r cannot be approved: it is completed.",
      next: "axw gates r",
    });
  });

  test("finds the open gate of the newest round by its id", async () => {
    const folder = await waiting(
      workflow(`  - id: plan
    loop: {max: 3, until: steps.review.output.approved}
    steps:
      - {id: draft, agentId: sh, task: "draft \${{ round }}"}
      - {id: review, dependencies: [draft], gate: {ask: "Good?", onReject: continue}}
`),
    );
    const rejected = await folder.here(["reject", "r", "review", "--note", "shorter"]);
    expect([rejected.code, /^next {3}(.*)$/m.exec(rejected.stderr)?.[1]]).toEqual([
      3,
      "axw approve r 'plan#2.review'",
    ]);
    const approved = await folder.here(["approve", "r", "review"]);
    expect([approved.code, folder.launches()]).toEqual([0, ["draft 1", "draft 2"]]);
  });
});

describe("axw reject", () => {
  test("fails the gate with the note as its error", async () => {
    const folder = await waiting();
    const { code } = await folder.here(["reject", "r", "review", "--note", "not yet"]);
    const step = await stepOf(folder, "review");
    expect([code, step["status"], step["error"], folder.launches()]).toEqual([
      1,
      "failed",
      "rejected: not yet",
      ["notes"],
    ]);
  });
});

describe("axw signal", () => {
  const SIGNALS = workflow(`  - {id: deployed, wait: {signal: deployed, form: {url: string}}}
  - {id: test, agentId: sh, task: "at \${{ steps.deployed.output.url }}", dependencies: [deployed]}
`);

  test("gives its data to the step that waits, and leaves the run paused", async () => {
    const folder = await waiting(SIGNALS);
    const args = ["signal", "r", "deployed", "--data", '{"url": "here"}', "--id", "e1"];
    const sent = await folder.here(args);
    expect([sent.code, lines(sent.stderr)]).toEqual([
      0,
      ["Sent the signal deployed to run r.", "Run r was not resumed.", "next   axw resume r"],
    ]);
    const again = await folder.here(args);
    expect(/^error {2}(\w+)/.exec(again.stderr)?.[1]).toBe("duplicate_signal");
    expect([(await folder.here(["resume", "r"])).code, folder.launches()]).toEqual([
      0,
      ["at here"],
    ]);
  });

  test("resumes the run with --resume", async () => {
    const folder = await waiting(SIGNALS);
    const args = ["signal", "r", "deployed", "--data", '{"url": "there"}', "--resume"];
    expect([(await folder.here(args)).code, folder.launches()]).toEqual([0, ["at there"]]);
  });

  test.each([
    [["--data", "{url: here}"], "invalid_argument"],
    [["--data", '{"url": 1}'], "invalid_answer"],
  ])("refuses %j", async (args, code) => {
    const folder = await waiting(SIGNALS);
    const { stderr } = await folder.here(["signal", "r", "deployed", ...args]);
    expect(/^error {2}(\w+)/.exec(stderr)?.[1]).toBe(code);
  });

  test("is named by the run that waits for it", async () => {
    const folder = new Folder({ "flow.yaml": SIGNALS });
    const { stderr } = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    expect(lines(stderr).slice(-2)).toEqual([
      "next   axw signal r deployed --data JSON",
      "       (replace JSON)",
    ]);
  });
});

describe("axw answer", () => {
  /** A run whose external step was in flight when its engine died. */
  async function unknown(): Promise<Folder> {
    const folder = new Folder({
      "flow.yaml": workflow(`  - {id: pay, agentId: slow, task: pay, effect: external}
  - {id: receipt, agentId: sh, task: "for \${{ steps.pay.output }}", dependencies: [pay]}
`),
    });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await folder.untilLaunched(1);
    run.child.kill("SIGKILL");
    await run.ended;
    folder.write("go");
    return folder;
  }

  test("--done completes the step with the result in a file", async () => {
    const folder = await unknown();
    const paused = await folder.here(["resume", "r"]);
    expect([paused.code, lines(paused.stderr).slice(-2)]).toEqual([
      3,
      ["next   axw answer r pay --done", "       (--not-done if it did not take effect)"],
    ]);
    folder.write("receipt.json", '"p-77"');
    const { code } = await folder.here([
      "answer",
      "r",
      "pay",
      "--done",
      "--result",
      "receipt.json",
    ]);
    expect([code, folder.launches()]).toEqual([0, ["pay", "for p-77"]]);
  });

  test("--not-done lets the step be performed again", async () => {
    const folder = await unknown();
    await folder.here(["resume", "r"]);
    const { code } = await folder.here(["answer", "r", "pay", "--not-done"]);
    expect([code, folder.launches()]).toEqual([0, ["pay", "pay", "for did pay"]]);
  });

  test("names the command for a step that waits for something else", async () => {
    const folder = await waiting();
    expect(refusal(await folder.here(["answer", "r", "review", "--done"]))).toEqual({
      code: 2,
      stdout: "",
      first:
        "error  gate_not_open  Step `review` of run r is a gate, which is approved or rejected.",
      next: "axw approve r review --set channel=CHANNEL",
    });
    expect(refusal(await folder.here(["answer", "r", "notes", "--done"]))).toMatchObject({
      first:
        "error  gate_not_open  Step `notes` of run r does not have an unknown outcome: it is completed.",
    });
  });

  test.each([
    [[], "Say either --done or --not-done."],
    [
      ["--not-done", "--result", "x"],
      "--result cannot be used with --not-done: the step has no result then.",
    ],
  ])("refuses %j", async (args, message) => {
    const folder = await waiting();
    const { code, stderr } = await folder.here(["answer", "r", "review", ...args]);
    expect([code, lines(stderr)[0]]).toEqual([2, `error  invalid_argument  ${message}`]);
  });
});
