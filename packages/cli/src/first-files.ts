/** The names of the JSON Schemas of workflow files and of test files. */
export const SCHEMA_FILES = ["workflow.schema.json", "test.schema.json"] as const;

/**
 * The files that `axw init` writes, by name. The argument is the folder of the JSON Schemas,
 * relative to theirs.
 */
export const FIRST_FILES: Readonly<Record<string, (schemas: string) => string>> = {
  "first.yaml": (schemas) => `# yaml-language-server: $schema=${schemas}/workflow.schema.json
id: first
name: First workflow
version: 1.0.0
inputs:
  topic: { type: string, default: rain }

steps:
  - id: draft
    agentId: writer
    task: Write one sentence about \${{ inputs.topic }}.

  # The answer must match the schema; an agent whose answer does not is asked again.
  - id: review
    agentId: reviewer
    task: "Is this sentence good? \${{ steps.draft.output }}"
    dependencies: [draft]
    output:
      type: object
      required: [good, advice]
      properties:
        good: { type: boolean }
        advice: { type: string }

  # Skipped if the condition is false.
  - id: rewrite
    agentId: writer
    dependencies: [draft, review]
    if: "!steps.review.output.good"
    task: "\${{ steps.review.output.advice }} \${{ steps.draft.output }}"

outputs:
  sentence: "\${{ default(steps.rewrite.output, steps.draft.output) }}"
`,

  "agents.yaml": () => `# The programs behind the agents of the workflow, which work offline:
# the writer repeats its task, and the reviewer gives the same advice every time.
# For a real model, replace a command by a preset: \`writer: { preset: claude }\`.
agents:
  writer:
    command: [node, -e, "process.stdin.pipe(process.stdout)"]
  reviewer:
    command: [node, -p, "JSON.stringify({ good: false, advice: 'Make it shorter:' })"]
`,

  "first.test.yaml": (schemas) => `# yaml-language-server: $schema=${schemas}/test.schema.json
# Played by \`axw test\`. No program of agents.yaml is started.
workflow: first.yaml
cases:
  - id: good
    title: A good draft is not rewritten
    agents:
      writer: { text: It rains. }
      reviewer: { json: { good: true, advice: "" } }
    expect:
      status: completed
      steps: { rewrite: skipped }
      outputs: { sentence: It rains. }
      launches: { writer: 1, reviewer: 1 }

  - id: rewritten
    title: A draft that is not good is rewritten with the advice
    inputs: { topic: snow }
    agents:
      writer: { echo: true }
      reviewer: { json: { good: false, advice: "Shorter:" } }
    expect:
      status: completed
      outputs: { sentence: "Shorter: Write one sentence about snow." }
      launches: { writer: 2, reviewer: 1 }

  - id: asked-again
    title: The reviewer is asked again after an answer that does not match the schema
    agents:
      writer: { text: It rains. }
      reviewer: { script: [{ text: Yes. }, { json: { good: true, advice: "" } }] }
    expect:
      status: completed
      launches: { writer: 1, reviewer: 2 }
`,
};
