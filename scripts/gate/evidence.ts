import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { readDays } from "../days.ts";
import { type Count, countReports, passedPerFile, testedPackages } from "../test-reports.ts";
import { root } from "../turbo.ts";
import { DELIVERABLES, DOCUMENTS } from "./plan.ts";

interface Coverage {
  /** The package's folder name. */
  readonly name: string;
  /** In percent; undefined without a coverage summary. */
  readonly lines: number | undefined;
  readonly functions: number | undefined;
}

/** Facts taken from the repository and the last `npm test`, without measuring anything. */
export interface Evidence {
  readonly tests: Count;
  /** The packages whose tests wrote no report. */
  readonly untested: readonly string[];
  readonly days: readonly {
    readonly number: string;
    readonly title: string;
    readonly asked: number;
    readonly passed: number;
  }[];
  /** The coverage of every published package. */
  readonly coverage: readonly Coverage[];
  readonly deliverables: readonly {
    readonly what: string;
    readonly asked: string;
    readonly here: string;
    readonly isComplete: boolean;
  }[];
  readonly missingDocuments: readonly string[];
}

export function readEvidence(): Evidence {
  const packages = testedPackages();
  const { count, missing } = countReports(packages);
  const passed = passedPerFile(packages);
  return {
    tests: count,
    untested: missing,
    days: readDays().map(({ number, title, asked, files }) => ({
      number,
      title,
      asked,
      passed: files.reduce((sum, file) => sum + (passed.get(file) ?? 0), 0),
    })),
    coverage: publishedPackages().map(readCoverage),
    deliverables: DELIVERABLES.map(({ what, asked, files }) => {
      const isComplete = files.every((pattern) => globSync(pattern, { cwd: root }).length > 0);
      const here = isComplete ? describeFiles(files) : "missing";
      return { what, asked, here, isComplete };
    }),
    missingDocuments: DOCUMENTS.filter((name) => !existsSync(path.join(root, name))),
  };
}

function describeFiles(patterns: readonly string[]): string {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }));
  const lines = files.reduce((sum, file) => sum + lineCount(file), 0);
  const [only = ""] = files;
  const where =
    files.length === 1 ? `\`${only}\`` : `${files.length} files, ${namePlaces(patterns)}`;
  return `${lines.toLocaleString("en-US")} lines: ${where}`;
}

const lineCount = (file: string): number =>
  readFileSync(path.join(root, file), "utf8").split("\n").length - 1;

const namePlaces = (patterns: readonly string[]): string =>
  patterns.map((pattern) => `\`${pattern}\``).join(", ");

/** The packages that are published, by folder name. */
function publishedPackages(): string[] {
  return globSync("packages/*/package.json", { cwd: root })
    .filter((file) => !(readJson(file) as { private?: boolean }).private)
    .map((file) => path.basename(path.dirname(file)))
    .sort();
}

function readCoverage(name: string): Coverage {
  const file = `packages/${name}/coverage/coverage-summary.json`;
  if (!existsSync(path.join(root, file))) return { name, lines: undefined, functions: undefined };
  const { total } = readJson(file) as {
    readonly total: Readonly<Record<"lines" | "functions", { readonly pct: number }>>;
  };
  return { name, lines: total.lines.pct, functions: total.functions.pct };
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), "utf8"));
