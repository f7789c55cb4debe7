import { basename, dirname, resolve } from "node:path";
import { Scenario, type TestCase, TestFile, TestIndex } from "@automatosx/schemas/test-files";
import { type DefinitionIssue, ISSUE_KINDS } from "@automatosx/workflow";
import {
  IssueList,
  readJson,
  readYaml,
  SchemaIssues,
  SourceText,
  SourceTree,
  Suggester,
  valueOf,
} from "@automatosx/workflow/source";
import type { Case } from "./Case.js";
import { caseOfScenario } from "./scenario.js";
import { TEST_GUIDES, type TestKind } from "./test-guide.js";

/** The cases of a file, or every issue of a file that cannot be played. */
export type ReadCases =
  | { readonly ok: true; readonly cases: readonly Case[] }
  | { readonly ok: false; readonly issues: readonly DefinitionIssue[] };

/**
 * Reads the cases in the text of a file. Paths in it are relative to its folder. A file whose kind
 * is not known is a test file, or a workflow that is played with generated answers.
 */
export function readCases(text: string, path: string, known: TestKind | undefined): ReadCases {
  const issues = new IssueList(new SourceText(text));
  const kind = known ?? "test file";
  const isJson = kind !== "test file" || path.endsWith(".json");
  const root = isJson ? readJson(issues) : readYaml(issues);
  if (known === undefined && isWorkflow(root)) return { ok: true, cases: [generatedCase(path)] };
  if (root === undefined || issues.hasErrors) return { ok: false, issues: issues.all };
  const tree = new SourceTree(() => root);
  const value = valueOf(root);
  const place = (file: string): string => resolve(dirname(path), file);
  switch (kind) {
    case "scenario": {
      const checked = Scenario.safeParse(value);
      if (checked.success) return { ok: true, cases: [caseOfScenario(checked.data, path, place)] };
      return refuse(kind, checked.error.issues, issues, tree);
    }
    case "index": {
      const checked = TestIndex.safeParse(value);
      if (!checked.success) return refuse(kind, checked.error.issues, issues, tree);
      const { cases } = checked.data;
      return withUniqueIds(cases, place, issues, tree);
    }
    case "test file": {
      const checked = TestFile.safeParse(value);
      if (!checked.success) return refuse(kind, checked.error.issues, issues, tree);
      const { workflow, cases } = checked.data;
      const whole = cases.map((one) => ({ ...one, file: one.file ?? workflow }));
      return withUniqueIds(whole, place, issues, tree);
    }
  }
}

/** Whether a file is a workflow and no test file. An issue of a workflow is reported with it. */
function isWorkflow(root: ReturnType<typeof readYaml>): boolean {
  const value = root === undefined ? undefined : valueOf(root);
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "steps") && !Object.hasOwn(value, "cases");
}

/** The behaviours of a case that has none. */
const GENERATED = { "*": { generate: true } } as const;

type FoundIssues = Parameters<SchemaIssues["addAll"]>[0];

function refuse(
  kind: TestKind,
  found: FoundIssues,
  issues: IssueList,
  tree: SourceTree,
): ReadCases {
  new SchemaIssues(TEST_GUIDES[kind], issues, tree, new Suggester()).addAll(found);
  return { ok: false, issues: issues.all };
}

function withUniqueIds(
  cases: readonly TestCase[],
  place: (file: string) => string,
  issues: IssueList,
  tree: SourceTree,
): ReadCases {
  const ids = new Set<string>();
  for (const [index, { id }] of cases.entries()) {
    const path = ["cases", index, "id"];
    if (ids.has(id))
      issues.add(
        ISSUE_KINDS.conflict,
        path,
        tree.locate(path),
        `two cases have the id \`${id}\``,
        "give each case an id of its own",
      );
    ids.add(id);
  }
  if (issues.hasErrors) return { ok: false, issues: issues.all };
  return { ok: true, cases: cases.map((one) => caseOf(one, place)) };
}

/** Returns the case in which everything that happens to a workflow is generated. */
function generatedCase(path: string): Case {
  return {
    id: basename(path),
    workflow: path,
    files: {},
    inputs: {},
    context: {},
    secrets: {},
    agents: GENERATED,
    actions: [],
    expected: {},
    isGenerated: true,
  };
}

function caseOf(written: TestCase, place: (file: string) => string): Case {
  const { id, construct, title, file, files = {}, expect = {}, invalid } = written;
  const { agents = GENERATED, unknown } = written;
  const actions = written.do ?? [{ run: true as const }];
  return {
    ...{ id, construct, title, agents, expected: expect, issues: invalid, unknown },
    workflow: place(file),
    files: placed(files, place),
    inputs: written.inputs ?? {},
    context: written.context ?? {},
    secrets: written.secrets ?? {},
    actions: actions.map((action) =>
      action.amend === undefined ? action : { ...action, amend: place(action.amend) },
    ),
  };
}

/** Returns the files with absolute paths. */
function placed(
  files: Readonly<Record<string, string>>,
  place: (file: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([written, file]) => [written, place(file)]));
}
