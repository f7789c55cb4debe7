import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileProblem, pathExists } from "@automatosx/workflow/checks";
import { axw, commandText, pathArgument } from "../command.js";
import { absolutePath, shownPath } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { FIRST_FILES, SCHEMA_FILE } from "../first-files.js";
import { foldersAbove, surroundingsOf } from "../folders-above.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { renderNext } from "../render/error.js";
import { UsageError } from "../UsageError.js";

/** Where an installed copy of the JSON Schema is, below a folder of the project. */
const INSTALLED_SCHEMA = join("node_modules", "@automatosx", "schemas", SCHEMA_FILE);

/**
 * Writes a first workflow, its agents and its tests into a folder, which is made if it does not
 * exist. Nothing is written if one of the files exists.
 */
export async function init(io: CliIo, name: string): Promise<ExitCode> {
  const folder = absolutePath(io, name);
  const schema = schemaFor(io, folder);
  const files = new Map(
    Object.entries(FIRST_FILES).map(([file, textOf]) => [file, textOf(schema.reference)]),
  );
  if (schema.text !== undefined) files.set(SCHEMA_FILE, schema.text);
  refuseExisting(io, folder, [...files.keys()]);
  try {
    mkdirSync(folder, { recursive: true });
    // The flag refuses a file that another process has written in the meantime.
    for (const [file, text] of files) writeFileSync(join(folder, file), text, { flag: "wx" });
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new UsageError(`The folder ${shownPath(io, folder)} ${problem.message}.`, {
      remedy: problem.remedy,
      next: next("show_permissions", "unreadable_file", { file: pathArgument(name) }),
    });
  }
  for (const file of files.keys()) io.stdout.line(`wrote  ${shownPath(io, join(folder, file))}`);
  const workflow = pathArgument(shownPath(io, join(folder, "first.yaml")));
  const command = commandText(axw("run", workflow), io.stdout.typedAxw);
  renderNext(messages(io), next("test_first", "written", { file: name, command }));
  return ExitCode.ok;
}

function refuseExisting(io: CliIo, folder: string, files: readonly string[]): void {
  const taken = files.find((file) => pathExists(join(folder, file)));
  if (taken === undefined) return;
  const path = shownPath(io, join(folder, taken));
  throw new UsageError(`${path} already exists, and is not overwritten.`, {
    remedy: "Pass the path of a folder that does not contain it.",
    next: next("init_elsewhere", "taken_folder", undefined),
  });
}

/**
 * Returns how the workflow file refers to its JSON Schema; with the text, if no copy is installed
 * in the project.
 */
function schemaFor(
  io: CliIo,
  folder: string,
): { readonly reference: string; readonly text?: string } {
  const start = existingPart(folder);
  const project = [folder, start, ...foldersAbove(start, surroundingsOf(io))];
  const installed = project
    .map((above) => join(above, INSTALLED_SCHEMA))
    .find((path) => pathExists(path));
  if (installed === undefined)
    return {
      reference: `./${SCHEMA_FILE}`,
      text: readFileSync(
        new URL(import.meta.resolve(`@automatosx/schemas/${SCHEMA_FILE}`)),
        "utf8",
      ),
    };
  const path = relative(folder, installed).replaceAll("\\", "/");
  return { reference: path.startsWith(".") ? path : `./${path}` };
}

function existingPart(folder: string): string {
  let part = folder;
  while (part !== dirname(part) && !pathExists(part)) part = dirname(part);
  return part;
}
