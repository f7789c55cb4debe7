import type { IssueCase } from "./issue-case.js";
import { graph, task } from "./issue-case.js";

const TEMPLATE_FORMS =
  "write `${{ steps.ID.output }}`, `${{ inputs.NAME }}` or `${{ context.KEY }}`; `$${{` for a " +
  "literal `${{`";

/** Issues between steps. */
export const GRAPH_CASES: readonly IssueCase[] = [
  {
    what: "two steps with one id",
    text: graph("  - { id: a, task: t }\n  - { id: a, task: t }\n"),
    code: "AXW1201",
    at: [5, 11],
    says: "another step also has the id `a`",
    remedy: "give each step a unique id",
  },
  {
    what: "an unknown dependency",
    text: graph("  - { id: build, task: t }\n  - { id: b, task: t, dependencies: [buld] }\n"),
    code: "AXW1202",
    at: [5, 38],
    says: "no step has the id `buld`",
    remedy: "write `build`",
  },
  {
    what: "a dependency on itself",
    text: graph("  - { id: a, task: t, dependencies: [a] }\n"),
    code: "AXW1203",
    at: [4, 38],
    says: "the step `a` waits for itself",
    remedy: "remove the dependency",
  },
  {
    what: "a cycle",
    text: graph(
      "  - { id: a, task: t, dependencies: [b] }\n  - { id: b, task: t, dependencies: [c] }\n " +
        " - { id: c, task: t, dependencies: [a] }\n",
    ),
    code: "AXW1204",
    at: [4, 38],
    says: "these steps wait for each other: a → b → c → a",
    remedy: "remove one of these dependencies",
  },
];

export const TEMPLATE_CASES: readonly IssueCase[] = [
  {
    what: "a sum",
    text: task("Add ${{ 1 + 2 }} up"),
    code: "AXW1301",
    at: [5, 19],
    says: "expected `steps.`, `inputs.` or `context.`",
    remedy: "let an agent do the calculation: a reference only inserts a value",
  },
  {
    what: "an operator after a path",
    text: task("Take ${{ inputs.a || 'x' }}"),
    code: "AXW1301",
    at: [5, 29],
    says: "expected `}}`: a reference is one path, such as `steps.ID.output.field[0]`",
    remedy: "give the input a `default`, and write `${{ inputs.a }}`",
  },
  {
    what: "a filter after a path",
    text: `context: { c: x }\n${task("Take ${{ context.c | tojson }}")}`,
    code: "AXW1301",
    at: [6, 30],
    says: "expected `}}`: a reference is one path, such as `steps.ID.output.field[0]`",
    remedy: "write `${{ context.c }}`: a value that is not text is inserted as JSON",
  },
  {
    what: "a key that is no name",
    text: `context: { 2fa: x }\n${task("Take ${{ context.2fa }}")}`,
    code: "AXW1301",
    at: [6, 27],
    says: "expected `.` and a name after `context`",
    remedy: 'write `${{ context["2fa"] }}`',
  },
  {
    what: "an empty reference",
    text: task("Take ${{ }}"),
    code: "AXW1301",
    at: [5, 20],
    says: "expected `steps.`, `inputs.` or `context.`",
    remedy: TEMPLATE_FORMS,
  },
  {
    what: "a secret",
    text: task("Take ${{ secrets.KEY }}"),
    code: "AXW1310",
    at: [5, 20],
    says: "`secrets` is not one of steps, inputs, context",
    remedy:
      "let the agent's program read the secret from its environment: what a task contains is stored",
  },
  {
    what: "a value of GitHub",
    text: task("Take ${{ github.sha }}"),
    code: "AXW1310",
    at: [5, 20],
    says: "`github` is not one of steps, inputs, context",
    remedy:
      "declare an input for the value and pass it when the run is started, or write `$${{` for a " +
      "literal `${{`",
  },
  {
    what: "an output of a job of GitHub",
    text: graph(
      '  - { id: x, task: t }\n  - { id: b, task: "A ${{ needs.x.outputs.url }}", dependencies: [x] }\n',
    ),
    code: "AXW1310",
    at: [5, 27],
    says: "`needs` is not one of steps, inputs, context",
    remedy: "write `${{ steps.x.output.url }}`",
  },
  {
    what: "an unknown root",
    text: task("Take ${{ nothing.like.it }}"),
    code: "AXW1310",
    at: [5, 20],
    says: "`nothing` is not one of steps, inputs, context",
    remedy: TEMPLATE_FORMS,
  },
  {
    what: "a result by another name than output",
    text: task("|\n      First line.\n      Then ${{ steps.a.result }} here"),
    code: "AXW1301",
    at: [7, 23],
    says: "expected `.output` after the step's id",
    remedy: "write `${{ steps.a.output }}`",
  },
  {
    what: "an open reference",
    text: task("Take ${{ inputs.a"),
    code: "AXW1302",
    at: [5, 16],
    says: "this `${{` is not closed",
    remedy: "close it with `}}`, or write `$${{` for a literal `${{`",
  },
  {
    what: "a reference cut by a comment",
    text: task("Take ${{ inputs.a #1 }}"),
    code: "AXW1303",
    at: [5, 16],
    says: "the text ends at ` #`, in the middle of a reference",
    remedy: "quote the text: after a space, `#` begins a comment in YAML",
  },
  {
    what: "a step that does not exist",
    text: graph(
      '  - { id: build, task: t }\n  - { id: b, task: "${{ steps.biuld.output }}", dependencies: [build] }\n',
    ),
    code: "AXW1304",
    at: [5, 25],
    says: "no step has the id `biuld`",
    remedy: "write `build`",
  },
  {
    what: "a step that is not upstream",
    text: graph('  - { id: x, task: t }\n  - { id: b, task: "A ${{ steps.x.output }}" }\n'),
    code: "AXW1305",
    at: [5, 27],
    says: "this step does not wait for `x`",
    remedy: "add `x` to `dependencies`",
  },
  {
    what: "a step's own result",
    text: task("${{ steps.a.output }}"),
    code: "AXW1305",
    at: [5, 15],
    says: "the step `a` cannot use its own result",
    remedy: "refer to another step",
  },
  {
    what: "an undeclared input",
    text: task("${{ inputs.feature }}"),
    code: "AXW1306",
    at: [5, 15],
    says: "the input `feature` is not declared",
    remedy: "add `feature: string` to `inputs`",
  },
  {
    what: "a misspelt input",
    text: `inputs: { feature: string }\n${task("${{ inputs.faeture }}")}`,
    code: "AXW1306",
    at: [6, 15],
    says: "the input `faeture` is not declared",
    remedy: "write `inputs.feature`",
  },
  {
    what: "an unknown key of the context",
    text: `context: { repo: x }\n${task("${{ context.repos }}")}`,
    code: "AXW1307",
    at: [6, 15],
    says: "`context` has no `repos`",
    remedy: "write `context.repo`",
  },
  {
    what: "another system's braces",
    text: graph('  - { id: x, task: t }\n  - { id: b, task: "A {{x.y}}", dependencies: [x] }\n'),
    code: "AXW1308",
    at: [5, 23],
    says: "`{{x.y}}` is not replaced with a value",
    remedy: "write `${{ steps.x.output.y }}`",
  },
];
