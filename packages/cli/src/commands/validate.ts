import { ExitCode } from "../exit-codes.js";
import { type CliIo, talkOf } from "../io.js";
import { cleanLine } from "../render/clean-text.js";
import { renderIssue, renderNext, tally } from "../render/error.js";
import { count, shellWord } from "../render/words.js";
import { checkFile } from "../workflow-file.js";

/** Checks every file and tells all their issues at once: as lines, or one JSON object per file. */
export async function validate(
  io: CliIo,
  files: readonly string[],
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const invalid: string[] = [];
  const all: { readonly severity: "error" | "warning" }[] = [];
  for (const name of files) {
    const checked = await checkFile(io, name);
    const { issues } = checked;
    all.push(...issues);
    if (!checked.ok) invalid.push(name);
    if (options.json === true) {
      io.stdout.json({
        schemaVersion: 1,
        file: name,
        valid: checked.ok,
        ...(checked.ok && { workflowId: checked.workflow.definition.id }),
        issues,
      });
      continue;
    }
    for (const issue of issues)
      for (const line of renderIssue(io.stdout, name, issue)) io.stdout.line(line);
    if (checked.ok) {
      const { id, version, steps } = checked.workflow.definition;
      io.stdout.line(
        `${cleanLine(name)}: ${io.stdout.paint("green", "valid")}  ${cleanLine(id)} ${cleanLine(version)}, ${count(steps.length, "step")}`,
      );
    }
  }
  const talk = options.json === true ? io.stderr : io.stdout;
  if (all.length > 0) talk.line(`${tally(all)} in ${count(files.length, "file")}`);
  const [firstInvalid] = invalid;
  const first = shellWord(files[0] ?? "FILE");
  renderNext(
    options.json === true ? io.stderr : talkOf(io),
    firstInvalid === undefined
      ? `axw plan ${first}`
      : `axw validate ${shellWord(firstInvalid)}   (once it is mended)`,
  );
  return invalid.length === 0 ? ExitCode.ok : ExitCode.invalid;
}
