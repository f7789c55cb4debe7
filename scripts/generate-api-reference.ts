// Writes docs/reference/api.md from the declaration files of the published packages. Run after a build.
import { type Declaration, readExports } from "./reference/read-declarations.ts";
import { writePage } from "./reference/write-page.ts";

const PACKAGES = [
  ["@automatosx/workflow", "The engine, the parser, checkpoints and storage."],
  ["@automatosx/agents", "Agents for the engine: functions and programs."],
  ["@automatosx/langgraph", "A checkpointer for LangGraph.js graphs."],
  [
    "@automatosx/schemas",
    "The vocabulary as Zod schemas; each name is a schema and the type of what it gives. A browser may import it.",
  ],
] as const;

// The type of a Zod schema is its whole source once more; the type of its values says it readably.
const LONGEST_SCHEMA = 600;

function render({ name, doc, code, kind }: Declaration): string {
  const isSchema = (kind === "const" || kind === "function") && code.length > LONGEST_SCHEMA;
  const shown = isSchema ? "" : `\n\n\`\`\`ts\n${code}\n\`\`\``;
  return `#### \`${name}\`${doc === "" ? "" : `\n\n${doc}`}${shown}`;
}

// By the module that a name comes from, in the order of a reader's questions.
const GROUPS: readonly (readonly [string, RegExp])[] = [
  ["Run", /^\.\/engine\//],
  ["Agents", /^\.\/agents\//],
  ["Definitions", /^\.\/(definition\/|core\/dependency-graph)/],
  ["Look on, from any process", /^\.\/(observe|checkpoint|core)\//],
  ["Storage", /^\.\/storage\//],
  ["Errors", /^\.\/errors/],
];

const groupOf = (module: string): string =>
  GROUPS.find(([, pattern]) => pattern.test(module))?.[0] ?? "";

const sections = PACKAGES.map(([name, about]) => {
  const exported = readExports(name);
  const titles = ["", ...GROUPS.map(([title]) => title)].filter((title) =>
    exported.some(({ module }) => groupOf(module) === title),
  );
  const groups = titles.map((title) => {
    const members = exported.filter(({ module }) => groupOf(module) === title).map(render);
    return [...(title === "" ? [] : [`### ${title}`]), ...members].join("\n\n");
  });
  return `## ${name}\n\n${about}\n\n${groups.join("\n\n")}`;
});

writePage("api.md", "generate-api-reference.ts", `# API reference\n\n${sections.join("\n\n")}`);
