/** A packed package: its name, and its tarball, relative to the folder of the tarballs. */
export interface Packed {
  readonly name: string;
  readonly file: string;
}

/** Where the tarballs are, as a path that `consumer` can use, and the package that gets them. */
export interface Place {
  readonly folder: string;
  /** Undefined if the folder is not part of a package. */
  readonly consumer: string | undefined;
}

/** What a package that uses the engine names itself; the other packages are needed by these. */
const USED = ["@automatosx/workflow", "@automatosx/agents", "@automatosx/cli"];

/** The commands that install the tarballs in a package, for each package manager. */
export function installCommands(packed: readonly Packed[], { folder, consumer }: Place): string {
  const word = shellWord(folder);
  const own = packed.filter(({ file }) => !file.includes("/"));
  const apart = packed.filter(({ file }) => file.includes("/"));
  const lines = [
    consumer === undefined ? "Then, in your package:" : `Then, in ${consumer}:`,
    "",
    "# npm",
    `npm install ${word}/*.tgz`,
    "",
    "# pnpm",
    "cat >> pnpm-workspace.yaml <<'END'",
    "overrides:",
    ...own.map(({ name, file }) => `  "${name}": ${yamlWord(`file:${folder}/${file}`)}`),
    "END",
    `pnpm add ${USED.join(" ")}`,
    "",
    "# yarn (Yarn Classic: yarn add --ignore-scripts)",
    "npm pkg set \\",
    ...continued(own.map(({ name, file }) => `resolutions.${name}=file:${folder}/${file}`)),
    "yarn add \\",
    ...continued(
      USED.flatMap((name) => own.filter((each) => each.name === name)).map(
        ({ name, file }) => `${name}@file:${folder}/${file}`,
      ),
    ),
    ...apart.flatMap(({ name, file }) => [
      "",
      `# ${name}, where you use it`,
      `npm install ${word}/${file}`,
    ]),
  ];
  return lines.join("\n");
}

/** The words of one command, each on a line. */
function continued(words: readonly string[]): string[] {
  return words.map((word, index) => `  ${shellWord(word)}${index < words.length - 1 ? " \\" : ""}`);
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function yamlWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : JSON.stringify(text);
}
