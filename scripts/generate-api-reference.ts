// Writes docs/reference/api.md from the declaration files of the published packages. Run after a build.
import { type Declaration, readExports } from "./reference/read-declarations.ts";
import { writePage } from "./reference/write-page.ts";

const PACKAGES = [
  ["@automatosx/workflow", "The engine, the parser, checkpoints and storage."],
  ["@automatosx/agents", "Agents for the engine: functions and programs."],
  ["@automatosx/schemas", "The vocabulary as Zod schemas; each name is a schema and the type of what it gives. A browser may import it."],
] as const;

// A Zod schema's type is its whole source once more; the reference of the file format says it readably.
const LONGEST_CONST = 400;

function render({ name, doc, code, kind }: Declaration): string {
  const isSchema = kind === "const" && code.length > LONGEST_CONST;
  const shown = isSchema ? "" : `\n\n\`\`\`ts\n${code}\n\`\`\``;
  return `#### \`${name}\`${doc === "" ? "" : `\n\n${doc}`}${shown}`;
}

const sections = PACKAGES.map(([name, about]) => {
  const groups = readExports(name).map(({ title, declarations }) => {
    const unique = declarations.filter((each, index) => declarations.findIndex((other) => other.name === each.name) === index);
    return [...(title === "" ? [] : [`### ${title[0]?.toUpperCase()}${title.slice(1)}`]), ...unique.map(render)].join("\n\n");
  });
  return `## ${name}\n\n${about}\n\n${groups.join("\n\n")}`;
});

writePage("api.md", "generate-api-reference.ts", `# API reference\n\n${sections.join("\n\n")}`);
