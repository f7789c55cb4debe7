import { WorkflowParser } from "@automatosx/workflow";
import { fill, type HostileText, number } from "./HostileText.ts";

const read = (text: string): unknown => new WorkflowParser().check(text, "yaml");

const workflow = (part: string, steps = "[{ id: a, agentId: w, task: t }]"): string =>
  `name: n\ndefaults: { agentId: w }\n${part}steps: ${steps}\n`;
const task = (text: string, part = ""): string => workflow(part, `[{ id: a, task: "${text}" }]`);
const id = (index: number): string => `${"step-".repeat(11)}${index}`;

/** A list of numbered steps, about `length` characters long. */
const list = (step: (index: number) => string, length: number): string =>
  `[${number((index) => `{ ${step(index)} }, `, length)}]`;
/** Far fewer characters than a file may have: of steps, the number is limited. */
const ofSteps = (length: number): number => Math.min(length, 400_000);

const TEXTS: Readonly<Record<string, (length: number) => string>> = {
  // --- keys and values
  "unknown keys": (length) => workflow(number((index) => `k${index}: 1\n`, length)),
  "unknown keys of an agent": (length) =>
    workflow(`agents: { a: {${number((index) => `k${index}: 1, `, length)}} }\n`),
  "unknown agents": (length) =>
    workflow(`agents: {${number((index) => `a${index}: 1, `, length)}}\n`),
  "agents without a program": (length) =>
    workflow(`agents: {${number((index) => `a${index}: {}, `, length)}}\n`),
  "a command of many words": (length) =>
    workflow(`agents: { a: { command: [${fill("a, ", length)}] } }\n`),
  "a command as one text": (length) =>
    workflow(`agents: { a: { command: "${fill("a ", length)}" } }\n`),
  "variables with bad names": (length) =>
    workflow(
      `agents: { a: { command: [a], env: {${number((index) => `${index}-: a, `, length)}} } }\n`,
    ),
  "a duration of the text's length": (length) =>
    workflow(`x-a: 1\n`, `[{ id: a, task: t, timeout: "${fill("1", length)}h" }]`),
  "a duration of many parts": (length) =>
    workflow("", `[{ id: a, task: t, timeout: "${fill("1 hours ", length)}" }]`),
  "an id of the text's length": (length) => workflow("", `[{ id: ${fill("a", length)}, task: t }]`),
  "ids of 128 characters that are alike": (length) =>
    workflow("", `[${number((index) => `{ id: ${"a".repeat(120)}${index}, task: t }, `, length)}]`),
  "a name of combining marks": (length) =>
    `name: "a${fill("\u0300\u0316", length / 2)}"\nsteps: [{ id: a, agentId: w, task: t }]\n`,
  "a name of ligatures": (length) =>
    `name: "${fill("\ufdfa", length / 3)}"\nsteps: [{ id: a, agentId: w, task: t }]\n`,
  "a name of dashes": (length) =>
    `name: "a${fill("-", length)}"\nsteps: [{ id: a, agentId: w, task: t }]\n`,
  "wrong types": (length) =>
    workflow("", `[${fill("{ id: 1, task: [], parallel: yes }, ", length)}]`),
  "empty steps": (length) => workflow("", `[${fill("{}, ", Math.min(length, 40_000))}]`),
  "too many steps": (length) => workflow("", `[${fill("{},", length)}]`),
  "defaults of other types": (length) =>
    workflow(
      `inputs: {${number((index) => `a${index}: { type: number, default: a }, `, length)}}\n`,
    ),
  "limits that nothing uses": (length) =>
    workflow(
      `limits: { agents: {${number((index) => `a${index}: { concurrency: 1 }, `, length)}} }\n`,
    ),
  // --- graphs
  "dependencies on unknown steps with long ids": (length) =>
    workflow(
      "",
      list((n) => `id: ${id(n)}, task: t, dependencies: [x${id(n).slice(1)}]`, length),
    ),
  "dependencies of one step": (length) =>
    workflow(
      "",
      `[{ id: a, task: t, dependencies: [${number((index) => `b${index}, `, length)}] }]`,
    ),
  "one dependency many times": (length) =>
    workflow(
      "",
      `[{ id: b, task: t }, { id: a, task: t, dependencies: [${fill("b, ", length)}] }]`,
    ),
  "a step that waits for itself": (length) =>
    workflow("", `[{ id: a, task: t, dependencies: [${fill("a, ", length)}] }]`),
  "steps that wait for themselves": (length) =>
    workflow(
      "",
      list((n) => `id: s${n}, task: t, dependencies: [${`s${n}, `.repeat(5000)}]`, length),
    ),
  "steps that wait for unknown steps": (length) =>
    workflow(
      "",
      list((n) => `id: s${n}, task: t, dependencies: [${"x, ".repeat(5000)}]`, length),
    ),
  "one id many times": (length) =>
    workflow("", `[${fill("{ id: a, task: t }, ", Math.min(length, 190_000))}]`),
  "cycles of two": (length) =>
    workflow(
      "",
      list((n) => `id: s${n}, task: t, dependencies: [s${n ^ 1}]`, ofSteps(length)),
    ),
  "a cycle of every step": (length) => {
    const steps = number(
      (index) => `{ id: s${index}, task: t, dependencies: [s${index + 1}] }, `,
      Math.min(length, 400_000),
    );
    const last = steps.match(/\[s(\d+)\] \}, $/)?.[1] ?? "";
    return workflow("", `[${steps}{ id: s${last}, task: t, dependencies: [s0] }]`);
  },
  "a chain": (length) =>
    workflow(
      "",
      list(
        (n) => `id: s${n}, task: t, dependencies: [${n === 0 ? "" : `s${n - 1}`}]`,
        ofSteps(length),
      ),
    ),
  // --- references
  "unclosed references": (length) => task(fill("${{ ", length)),
  "empty references": (length) => task(fill("${{}}", length)),
  "literal references": (length) => task(fill("$${{", length)),
  "references of other systems": (length) => task(fill("{{ a }} ", length)),
  "braces with spaces": (length) => task(`{{${fill(" ", length)}`),
  "braces with long names": (length) =>
    task(fill(`{{ ${"a".repeat(120)}${".b".repeat(60)} `, length)),
  "references to unknown steps": (length) =>
    task(number((index) => `\${{ steps.${id(index)}.output }}`, length)),
  "references to unknown inputs": (length) =>
    task(
      number((index) => `\${{ inputs.x${index} }}`, length / 2),
      `inputs: {${number((index) => `a${index}: string, `, length / 2)}}\n`,
    ),
  "references to unknown keys of the context": (length) =>
    task(
      number((index) => `\${{ context.x${index} }}`, length / 2),
      `context: {${number((index) => `a${index}: 1, `, length / 2)}}\n`,
    ),
  "references to a step that is not waited for": (length) =>
    workflow(
      "",
      `[{ id: b, task: t }, { id: a, task: "${fill("${{ steps.b.output }}", length)}" }]`,
    ),
  "references to the step itself": (length) => task(fill("${{ steps.a.output }}", length)),
  "references and dependencies": (length) =>
    workflow(
      "",
      "[{ id: b, task: t }, { id: c, task: t }, { id: a, dependencies: " +
        `[${fill("b, ", length / 2)} c], ` +
        `task: "${fill("${{ steps.c.output }}", length / 2)}" }]`,
    ),
  "a reference with a long path": (length) => task(`\${{ context.a${fill(".b", length)} }}`),
  "a reference with many indexes": (length) => task(`\${{ context.a${fill("[1]", length)} }}`),
  "references in a folded task": (length) =>
    workflow("", `\n  - id: a\n    task: >\n${fill("      ${{ a }}\n", length)}`),
};

/** Workflows that are well-formed YAML. */
export const WORKFLOW_TEXTS: readonly HostileText[] = Object.entries(TEXTS).map(([name, text]) => ({
  name: `workflow: ${name}`,
  text,
  read,
}));
