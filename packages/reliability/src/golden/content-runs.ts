import {
  type AgentFunction,
  type PreparedWorkflow,
  prepareWorkflow,
  WorkflowEngine,
} from "@automatosx/workflow";

/** Files that the workflows include, or run as runs of their own. */
const FILES: Readonly<Record<string, string>> = {
  "lint.yaml": `
id: lint
inputs: { path: string, depth: { type: number, default: 1 } }
steps:
  - { id: scan, agentId: worker, task: "Scan \${{ inputs.path }}, \${{ inputs.depth }} deep." }
  - { id: allow, gate: { ask: "Is \${{ steps.scan.output }} fine?" }, dependencies: [scan] }
outputs: { report: "\${{ steps.scan.output }}" }
`,
  "audit.yaml": `
id: audit
inputs: { of: string }
steps:
  - { id: look, agentId: worker, task: "Look at \${{ inputs.of }}." }
  - { id: sign, gate: { ask: "Sign it?" }, dependencies: [look] }
outputs: { found: "\${{ steps.look.output }}" }
`,
};

/** Every file is in this folder, which need not exist. */
const BASE = "/golden.invalid";

const read = (text: string): PreparedWorkflow =>
  prepareWorkflow(text, {
    format: "yaml",
    base: BASE,
    readFile: (path) => Buffer.from(FILES[path.slice(BASE.length + 1)] ?? ""),
  });

/**
 * The workflows of the runs in a golden database of runs that went back. They are stored in
 * released databases and never change.
 */
const CONTENT_WORKFLOWS = {
  /** A result is edited while a gate behind it is open. */
  edited: `
id: edited
steps:
  - { id: plan, agentId: worker, task: Plan. }
  - { id: use, agentId: worker, task: "Use <\${{ steps.plan.output }}>.", dependencies: [plan] }
  - { id: other, agentId: worker, task: Other. }
  - { id: hold, gate: { ask: "Go on?" }, dependencies: [use, other] }
`,
  /** One of its steps fails, until the task of that step is changed. */
  amended: `
id: amended
steps:
  - { id: list, foreach: [a, b], agentId: worker, task: "Build \${{ item }}." }
  - { id: end, agentId: worker, task: Fail., dependencies: [list] }
`,
  repaired: `
id: amended
steps:
  - { id: list, foreach: [b, a, c], agentId: worker, task: "Build \${{ item }}." }
  - { id: end, agentId: worker, task: End., dependencies: [list] }
`,
  /** Its first step is performed again; the results behind it are on offer. */
  offers: `
id: offers
steps:
  - { id: first, agentId: worker, task: First. }
  - id: second
    agentId: worker
    task: "Second of <\${{ steps.first.output }}>."
    dependencies: [first]
  - { id: third, agentId: worker, task: Third., dependencies: [second] }
  - { id: hold, gate: { ask: "Go on?" }, dependencies: [third] }
`,
  /** An included workflow with an open gate. */
  included: `
id: included
steps:
  - { id: lint, include: ./lint.yaml, with: { path: src } }
  - id: end
    agentId: worker
    task: "End of <\${{ steps.lint.output.report }}>."
    dependencies: [lint]
`,
  /** A run of its own that waits for a person. */
  parent: `
id: parent
steps:
  - { id: audit, workflow: ./audit.yaml, with: { of: books } }
  - id: end
    agentId: worker
    task: "End of <\${{ steps.audit.output.found }}>."
    dependencies: [audit]
`,
} as const;

const APPROVED = { approved: true };

/** What each run comes to when a later version has answered it, by the key of its workflow. */
export const CONTENT_RESULTS = {
  edited: {
    plan: "a better plan",
    use: "use: Use <a better plan>.",
    other: "other: Other.",
    hold: APPROVED,
  },
  forked: {
    plan: "plan: Plan.",
    use: "use: Use <plan: Plan.>.",
    other: "other: Other.",
    hold: APPROVED,
  },
  amended: {
    list: ["list[b]: Build b.", "list[a]: Build a.", "list[c]: Build c."],
    end: "end: End.",
  },
  offers: {
    first: "first: First.",
    second: "second: Second of <first: First.>.",
    third: "third: Third.",
    hold: APPROVED,
  },
  included: {
    lint: { report: "lint.scan: Scan src, 1 deep." },
    end: "end: End of <lint.scan: Scan src, 1 deep.>.",
  },
  parent: {
    audit: { found: "look: Look at books." },
    end: "end: End of <look: Look at books.>.",
  },
};

/** Calls `onStart` with the path of each attempt's step. With `holds`, one attempt never ends. */
export function contentAgents(
  onStart: (stepId: string) => void,
  { holds = false } = {},
): Record<string, AgentFunction> {
  return {
    worker: ({ stepId, task, attemptNumber, signal }) => {
      onStart(stepId);
      if (task === "Fail.") throw new Error("as written");
      return holds && stepId === "first" && attemptNumber > 1
        ? untilAborted(signal)
        : `${stepId}: ${task}`;
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );
}

/**
 * Starts a run of each workflow and has some of them go back. Settles when every run is where a
 * golden database has it, with one attempt in flight.
 */
export async function startContentRuns(database: string): Promise<void> {
  const started: string[] = [];
  const engine = await WorkflowEngine.open({
    database,
    agents: contentAgents((stepId) => started.push(stepId), { holds: true }),
  });
  const until = async (workflow: keyof typeof CONTENT_WORKFLOWS): Promise<string> => {
    const run = await engine.start(read(CONTENT_WORKFLOWS[workflow]), { runId: workflow });
    await run.ending;
    return run.id;
  };
  await until("included");
  await until("parent");
  await until("edited");
  await engine.fork("edited", { runId: "forked" });
  await engine.editResult("edited", "plan", "a better plan", { by: "ada", note: "it was dull" });
  await until("amended");
  await engine.amend("amended", read(CONTENT_WORKFLOWS.repaired), { by: "ada" });
  await until("offers");
  await engine.reopen("offers", ["first"], { by: "ada" });
  const again = await engine.resume("offers");
  for await (const { type } of again.events())
    if (type !== "run_state" && started.filter((stepId) => stepId === "first").length > 1) break;
}
