import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileProblem, pathExists } from "@automatosx/workflow/checks";
import { axw, commandText, pathArgument } from "../command.js";
import { absolutePath, shownPath } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { FIRST_FILES, SCHEMA_FILES } from "../first-files.js";
import { foldersAbove, surroundingsOf } from "../folders-above.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { renderNext } from "../render/error.js";
import { UsageError } from "../UsageError.js";

/** Where installed copies of the JSON Schemas are, below a folder of the project. */
const INSTALLED = join("node_modules", "@automatosx", "schemas");

/**
 * Writes a first workflow, its agents and its tests into a folder, which is made if it does not
 * exist. Nothing is written if one of the files exists.
 */
export async function init(io: CliIo, name: string): Promise<ExitCode> {
  const folder = absolutePath(io, name);
  const schemas = schemasFor(io, folder);
  const files = new Map(
    Object.entries(FIRST_FILES).map(([file, textOf]) => [file, textOf(schemas.folder)]),
  );
  for (const [file, text] of schemas.copies) files.set(file, text);
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
 * Returns the folder in which the files find their JSON Schemas; with the texts, if no copies are
 * installed in the project.
 */
function schemasFor(
  io: CliIo,
  folder: string,
): { readonly folder: string; readonly copies: readonly (readonly [string, string])[] } {
  const start = existingPart(folder);
  const project = [folder, start, ...foldersAbove(start, surroundingsOf(io))];
  const installed = project
    .map((above) => join(above, INSTALLED))
    .find((path) => SCHEMA_FILES.every((file) => pathExists(join(path, file))));
  if (installed === undefined)
    return { folder: ".", copies: SCHEMA_FILES.map((file) => [file, schemaText(file)] as const) };
  const path = relative(folder, installed).replaceAll("\\", "/");
  return { folder: path.startsWith(".") ? path : `./${path}`, copies: [] };
}

function schemaText(file: (typeof SCHEMA_FILES)[number]): string {
  return readFileSync(new URL(import.meta.resolve(`@automatosx/schemas/${file}`)), "utf8");
}

function existingPart(folder: string): string {
  let part = folder;
  while (part !== dirname(part) && !pathExists(part)) part = dirname(part);
  return part;
}
