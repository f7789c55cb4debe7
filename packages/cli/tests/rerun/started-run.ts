import { type Ended, Folder, workflow } from "../harness/axw.js";

/** Two steps in a row, one aside, and a gate behind. */
export const STEPS = (second = "two after ${{ steps.one.output }}") =>
  workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: sh, task: "${second}", dependencies: [one]}
  - {id: aside, agentId: sh, task: aside}
  - {id: hold, gate: {ask: Go on?}, dependencies: [two]}
`);
export const FLOW = STEPS();

export const lines = (text: string): string[] => text.trimEnd().split("\n");
export const env = { USER: "ann" };

export const nextOf = ({ stdout, stderr }: Ended): string | undefined =>
  /^next {3}(.*)$/m.exec(`${stderr}${stdout}`)?.[1];

/** A folder with a run `r` of this workflow, after its first start. */
export async function started(
  text = FLOW,
  more: Readonly<Record<string, string>> = {},
): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": text, ...more });
  await folder.here(["run", "flow.yaml", "--run-id", "r"]);
  return folder;
}

/** The tasks that were launched meanwhile, and what the command printed. */
export async function after(
  folder: Folder,
  args: readonly string[],
): Promise<Ended & { readonly launches: readonly string[] }> {
  const before = folder.launches().length;
  const ended = await folder.here(args, env);
  return { ...ended, launches: folder.launches().slice(before) };
}

/** A row of the table of steps, with single spaces and without its time. */
export function rowOf(text: string, step: string): string | undefined {
  return lines(text)
    .find((line) => line.startsWith(`${step} `))
    ?.replace(/ \d+(\.\d+)?m?s\b/g, "")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "TIME")
    .replace(/ +/g, " ");
}
