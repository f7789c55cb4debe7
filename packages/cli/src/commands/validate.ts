import { cleanLine } from "@automatosx/workflow/terminal-text";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { type Issue, renderIssue, renderNext, tally } from "../render/error.js";
import { count } from "../render/words.js";
import { checkFile } from "../workflow-file.js";

/** Checks every file and reports all issues, as lines or as one JSON object per file. */
export async function validate(
  io: CliIo,
  files: readonly string[],
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const isJson = options.json === true;
  const invalid: string[] = [];
  const all: Issue[] = [];
  for (const name of files) {
    const checked = await checkFile(io, name);
    const { issues } = checked;
    all.push(...issues);
    if (!checked.ok) invalid.push(name);
    if (isJson) {
      io.stdout.json({
        schemaVersion: SCHEMA_VERSION,
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
      const what = `${cleanLine(id)} ${cleanLine(version)}, ${count(steps.length, "step")}`;
      io.stdout.line(`${cleanLine(name)}: ${io.stdout.paint("green", "valid")}  ${what}`);
    }
  }
  const out = isJson ? io.stderr : io.stdout;
  if (all.length > 0) out.line(`${tally(all)} in ${count(files.length, "file")}`);
  const [firstInvalid] = invalid;
  renderNext(
    messages(io, options),
    firstInvalid === undefined
      ? next("plan_workflow", "valid", { file: files[0] ?? "FILE" })
      : next("validate_again", "invalid", { file: firstInvalid }),
  );
  return invalid.length === 0 ? ExitCode.ok : ExitCode.invalid;
}
