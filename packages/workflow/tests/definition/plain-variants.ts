import { readdirSync, readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import type { WorkflowFormat } from "../../src/index.js";

/** A workflow that uses nothing beyond the language of 0.1.0. It may be wrong. */
export interface PlainVariant {
  readonly name: string;
  readonly format: WorkflowFormat;
  readonly text: string;
}

interface Step {
  id: string;
  task: string;
  dependencies?: string[];
  continueOnError?: boolean;
}

interface Workflow {
  inputs?: object;
  context?: object;
  steps: Step[];
}

type Change = (workflow: Workflow, step: Step) => void;

/** Mistakes in one step, by name. */
const MISTAKES: Readonly<Record<string, Change>> = {
  "a dependency is missing": (_, step) => {
    step.dependencies = step.dependencies?.slice(1) ?? [];
  },
  "a dependency is unknown": (_, step) => {
    step.dependencies = [...(step.dependencies ?? []), "none"];
  },
  "a step waits for itself": (_, step) => {
    step.dependencies = [...(step.dependencies ?? []), step.id];
  },
  "two steps have one id": (workflow, step) => {
    workflow.steps.push({ ...step });
  },
  "the first step waits for this one": ({ steps: [first] }, step) => {
    if (first) first.dependencies = [...(first.dependencies ?? []), step.id];
  },
  "a step refers to itself": (_, step) => {
    step.task += ` \${{ steps.${step.id}.output }}`;
  },
  "a step is misspelt": (_, step) => {
    step.task += ` \${{ steps.${step.id}x.output }}`;
  },
  "an input is not declared": (_, step) => {
    step.task += " ${{ inputs.subject }}";
  },
  "a key of the context is not declared": (_, step) => {
    step.task += " ${{ context.colour.main }}";
  },
  "a field of an input that is text": (_, step) => {
    step.task += " ${{ inputs.topic.first }}";
  },
  "an optional input": (_, step) => {
    step.task += " ${{ inputs.hint }}";
  },
  "a reference is not closed": (_, step) => {
    step.task += " ${{ inputs.topic";
  },
  "a reference is empty": (_, step) => {
    step.task += " ${{ }} and ${{ inputs.topic }}";
  },
  "a reference has no output": (_, step) => {
    step.task += ` \${{ steps.${step.id} }}`;
  },
  "a root is unknown": (_, step) => {
    step.task += " ${{ github.sha }}";
  },
  "the results may be null": ({ steps }) => {
    for (const each of steps) each.continueOnError = true;
  },
  "a reference is escaped": (_, step) => {
    step.task += " $${{ steps.none.output }} ${{ context['tone'] }} ${{ inputs.list[0].a-b }}";
  },
};

const folder = new URL("../fixtures/workflows/", import.meta.url);

/** The gathered workflows as they are, with references, and with one mistake in each. */
export function* plainVariants(): Generator<PlainVariant, void, undefined> {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
    const text = readFileSync(new URL(file, folder), "utf8");
    yield { name: file, format: "yaml", text };
    yield* written(`${file}, with references`, withReferences(text));
    for (const [mistake, change] of Object.entries(MISTAKES)) {
      const workflow = withReferences(text);
      const step = workflow.steps[Math.floor(workflow.steps.length / 2)];
      if (step) change(workflow, step);
      yield* written(`${file}, ${mistake}`, workflow);
    }
  }
}

function* written(name: string, workflow: Workflow): Generator<PlainVariant, void, undefined> {
  yield { name: `${name}, as YAML`, format: "yaml", text: stringify(workflow, { lineWidth: 0 }) };
  yield { name: `${name}, as JSON`, format: "json", text: JSON.stringify(workflow, null, 2) };
}

/** Each task refers to the inputs, to the context and to every step that it waits for. */
function withReferences(text: string): Workflow {
  const workflow = parse(text) as Workflow;
  const upstream = new Map<string, ReadonlySet<string>>();
  const upstreamOf = (id: string): ReadonlySet<string> => {
    const known = upstream.get(id);
    if (known) return known;
    const { dependencies = [] } = workflow.steps.find((step) => step.id === id) ?? {};
    const all = new Set(dependencies.flatMap((each) => [each, ...upstreamOf(each)]));
    upstream.set(id, all);
    return all;
  };
  return {
    ...workflow,
    inputs: {
      topic: "string",
      list: { type: "array", default: [{ "a-b": 1 }] },
      hint: { type: "string", required: false },
    },
    context: { tone: "plain" },
    steps: workflow.steps.map((step) => ({
      ...step,
      task: [
        step.task,
        "${{ inputs.topic }} ${{ context.tone }}",
        ...[...upstreamOf(step.id)].map((id, at) =>
          at % 2 === 0 ? `\${{ steps.${id}.output }}` : `\${{ steps["${id}"].output.files[0] }}`,
        ),
      ].join("\n"),
    })),
  };
}
