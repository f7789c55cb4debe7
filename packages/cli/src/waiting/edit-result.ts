import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseExactJson } from "@automatosx/workflow/source";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";

/** A result as a person has changed it. */
export interface EditedResult {
  readonly value: unknown;
}

/**
 * Lets a person change a result: in the editor of the environment, else as one line. Asks again
 * while JSON is expected and the text is not JSON. Undefined if it is left as it is, at the end of
 * the input, or once the signal is aborted.
 */
export async function editResult(
  io: CliIo,
  { stepId, result }: { readonly stepId: string; readonly result: unknown },
  signal: AbortSignal,
): Promise<EditedResult | undefined> {
  const isText = typeof result === "string";
  let text = isText ? result : JSON.stringify(result, undefined, 2);
  for (;;) {
    const typed = await inEditor(io, text, isText, signal);
    const edited = typed ?? (await asLine(io, stepId, isText, signal));
    if (edited === undefined || edited === text) return undefined;
    text = edited;
    if (isText) return { value: text };
    try {
      return { value: parseExactJson(text, { uniqueKeys: true }) };
    } catch (error) {
      io.stdout.line(`  It must be JSON: ${cleanLine((error as Error).message)}`);
      const again = await io.ask("  edit it again? [y/n] ", signal);
      if (again?.trim().toLowerCase().startsWith("y") !== true) return undefined;
    }
  }
}

async function asLine(
  io: CliIo,
  stepId: string,
  isText: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const kind = isText ? "text" : "JSON";
  const line = await io.ask(`  new result of ${cleanLine(stepId)}, ${kind}: `, signal);
  return line === "" ? undefined : line;
}

/** Opens a temporary file in the editor. Undefined if the environment names no editor. */
async function inEditor(
  io: CliIo,
  text: string,
  isText: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const editor = io.env["VISUAL"] || io.env["EDITOR"];
  if (editor === undefined || editor === "" || signal.aborted) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "axw-edit-"));
  try {
    const path = join(folder, isText ? "result.txt" : "result.json");
    // Editors end a text with a line break, which is not part of the result.
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    if (!(await io.openEditor(editor, path))) {
      io.stdout.line(`  ${cleanLine(editor)} did not end normally; the result stays as it is.`);
      return text;
    }
    return readFileSync(path, "utf8").replace(/\r?\n$/u, "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
