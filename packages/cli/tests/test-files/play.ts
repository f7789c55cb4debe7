import { Folder, ndjson } from "../harness/axw.js";

/** What `axw test --json` prints of one case. */
export interface PlayedCase {
  readonly id: string;
  readonly outcome: string;
  readonly construct: string | null;
  readonly mismatches?: readonly {
    readonly at: string;
    readonly expected?: unknown;
    readonly found?: unknown;
  }[];
}

/** Plays cases of `flow.yaml`, and returns how each went. */
export async function play(
  workflow: string,
  ...cases: readonly object[]
): Promise<readonly PlayedCase[]> {
  const named = cases.map((one, index) => ({ id: `case-${index + 1}`, ...one }));
  const folder = new Folder({
    "flow.yaml": workflow,
    "flow.test.json": JSON.stringify({ workflow: "flow.yaml", cases: named }),
  });
  const { stdout, stderr } = await folder.here(["test", "flow.test.json", "--json"]);
  const documents = ndjson(stdout) as unknown as PlayedCase[];
  if (documents.length === 0) throw new Error(stderr);
  return documents.slice(0, -1);
}

/** Plays one case of a workflow, and returns what differs from its expectations. */
export async function mismatches(
  workflow: string,
  one: object,
): Promise<NonNullable<PlayedCase["mismatches"]>> {
  const [played] = await play(workflow, one);
  if (played === undefined || played.outcome === "not_yet")
    throw new Error(`the case was not played: ${JSON.stringify(played)}`);
  return played.mismatches ?? [];
}
