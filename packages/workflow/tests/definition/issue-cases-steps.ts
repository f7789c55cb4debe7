import type { IssueCase } from "./issue-case.js";
import { graph } from "./issue-case.js";

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
    what: "an inner step with the id of a step around it",
    text: graph("  - { id: a, task: t }\n  - { id: g, steps: [{ id: a, task: t }] }\n"),
    code: "AXW1201",
    at: [5, 28],
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
    what: "another system's braces",
    text: graph('  - { id: x, task: t }\n  - { id: b, task: "A {{x.y}}", dependencies: [x] }\n'),
    code: "AXW1308",
    at: [5, 23],
    says: "`{{x.y}}` is not replaced with a value",
    remedy: "write `${{ steps.x.output.y }}`",
  },
];
