// Writes docs/reference/api.md from the declaration files of the published packages. Build first.
import { type Declaration, readExports } from "./reference/read-declarations.ts";
import { writePage } from "./reference/write-page.ts";

/**
 * Import paths, in the order in which a reader needs them. A name that several paths export is
 * described at its first occurrence.
 */
const SECTIONS: readonly (readonly [importPath: string, about: string])[] = [
  ["@automatosx/workflow", "The engine, the parser, checkpoints and storage."],
  [
    "@automatosx/workflow/observe",
    "For programs that only observe runs: without the engine and the definition parser, so " +
      "that they start faster.",
  ],
  [
    "@automatosx/workflow/run-view",
    "The read model of a run: journal entries folded into what observers see. " +
      "A browser may import it.",
  ],
  [
    "@automatosx/workflow/source",
    "Text with places: YAML and JSON readers, located issues, suggestions. " +
      "A browser may import it.",
  ],
  [
    "@automatosx/workflow/errors",
    "The error codes and their meanings, without the engine and the database.",
  ],
  [
    "@automatosx/workflow/checks",
    "The validation of options and the reading of files, for packages that add agents or backends.",
  ],
  ["@automatosx/workflow/salvage", "Backups, and the rescue of damaged databases."],
  [
    "@automatosx/workflow/terminal-text",
    "Text from agents and definitions, made safe to print on a terminal.",
  ],
  ["@automatosx/workflow/sqlite", "For packages that keep their own tables in the same database."],
  [
    "@automatosx/workflow/storage",
    "For packages that keep runs in another database: rows, hashes, checks and errors.",
  ],
  [
    "@automatosx/workflow/testing",
    "A simulated clock, scripted agents, and the suites that every adapter must pass.",
  ],
  ["@automatosx/agents", "Agents for the engine: functions and programs."],
  ["@automatosx/agents/testing", "The suite that every agent can run."],
  ["@automatosx/langgraph", "A checkpointer for LangGraph.js graphs."],
  ["@automatosx/backend-postgres", "Runs on PostgreSQL, and attempts by a queue in it."],
  ["@automatosx/backend-restate", "Runs on Restate."],
  [
    "@automatosx/schemas",
    "The vocabulary as Zod schemas. Each name is a schema and the type of what it returns. " +
      "A browser may import it.",
  ],
];

// The maximum length of a printed type, in characters. A Zod schema's type repeats its whole
// source, and a table of constants is data, so longer types are omitted.
const LONGEST_SCHEMA = 200;
const LONGEST_TABLE = 600;

function isLeftOut({ kind, code }: Declaration): boolean {
  if (/^(const|function) .*?: z\./s.test(code)) return code.length > LONGEST_SCHEMA;
  return kind === "const" && !code.includes("=>") && code.length > LONGEST_TABLE;
}

function render(declaration: Declaration): string {
  const { name, doc, code } = declaration;
  const shown = isLeftOut(declaration) ? "" : `\`\`\`ts\n${code}\n\`\`\``;
  return [`#### \`${name}\``, doc, shown].filter((part) => part !== "").join("\n\n");
}

// GitHub's rule for heading ids, as far as the headings of this page need it.
const usedIds = new Map<string, number>();
function idOf(heading: string): string {
  const id = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
  const earlier = usedIds.get(id) ?? 0;
  usedIds.set(id, earlier + 1);
  return earlier === 0 ? id : `${id}-${earlier}`;
}

const linkTo = (text: string, id: string): string => `[${text}](#${id})`;
const idsOfDeclarations = new Map<string, string>();

interface Part {
  readonly contents: string;
  readonly text: string;
}

function renderGroup(title: string, members: readonly Declaration[]): Part {
  const titleId = title === "" ? "" : idOf(title);
  const isNew = ({ identity }: Declaration): boolean => !idsOfDeclarations.has(identity);
  const first = members.filter(isNew);
  for (const { identity, name } of first) idsOfDeclarations.set(identity, idOf(name));
  const links = members.map(({ name, identity }) =>
    linkTo(`\`${name}\``, idsOfDeclarations.get(identity) ?? ""),
  );
  const again = members.flatMap((member, index) =>
    first.includes(member) ? [] : [links[index] ?? ""],
  );
  const parts = [
    title === "" ? "" : `### ${title}`,
    ...first.map(render),
    again.length === 0 ? "" : `Described elsewhere on this page: ${again.join(", ")}.`,
  ];
  return {
    contents: `- ${title === "" ? "" : `${linkTo(title, titleId)}: `}${links.join(", ")}`,
    text: parts.filter((part) => part !== "").join("\n\n"),
  };
}

function renderSection([importPath, about]: (typeof SECTIONS)[number]): Part {
  const id = idOf(importPath);
  const exported = readExports(importPath);
  const titles = [...new Set(exported.map(({ group }) => group))];
  const [ungrouped] = exported.filter(({ group }) => group === "");
  if (titles.length > 1 && ungrouped !== undefined)
    throw new Error(
      `The index of ${importPath} exports \`${ungrouped.name}\` outside every group. ` +
        "Put it under a `// --- title`.",
    );
  const groups = titles.map((title) =>
    renderGroup(
      title,
      exported.filter(({ group }) => group === title),
    ),
  );
  return {
    contents: [
      `**${linkTo(importPath, id)}**`,
      groups.map(({ contents }) => contents).join("\n"),
    ].join("\n\n"),
    text: [`## ${importPath}`, about, ...groups.map(({ text }) => text)].join("\n\n"),
  };
}

idOf("API reference");
const sections = SECTIONS.map(renderSection);
const contents = sections.map((section) => section.contents).join("\n\n");
const texts = sections.map(({ text }) => text).join("\n\n");
writePage("api.md", "generate-api-reference.ts", `# API reference\n\n${contents}\n\n${texts}`);
