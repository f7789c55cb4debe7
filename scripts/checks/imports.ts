import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../turbo.ts";
import { sourceFiles } from "./run-tool.ts";

interface Rule {
  /** Files that the rule holds for. */
  readonly where: RegExp;
  readonly except?: RegExp;
  /** What they must not import. */
  readonly not: RegExp;
  readonly why: string;
}

const rules: readonly Rule[] = [
  {
    where: /^packages\/(schemas|rescript-core)\/src\//,
    not: /^@automatosx\//,
    why: "the vocabulary and the heart stand on nothing of ours",
  },
  {
    where: /^packages\/workflow\/src\//,
    not: /^@automatosx\/(agents|cli)/,
    why: "the engine knows agents only by their port",
  },
  {
    where: /^packages\/agents\/src\//,
    not: /^@automatosx\/(cli|rescript-core)/,
    why: "adapters stand on the engine and the schemas",
  },
  {
    where: /^packages\/workflow\/src\//,
    except: /\/src\/core\//,
    not: /^@automatosx\/rescript-core/,
    why: "core/ is the only bridge",
  },
  {
    where: /^packages\/.*\/src\//,
    except: /\/storage\/sqlite\/|^packages\/(benchmarks|reliability)\//,
    not: /^better-sqlite3/,
    why: "the driver stays behind the storage",
  },
  {
    where: /^packages\/workflow\/src\/storage\//,
    not: /\/(engine|core|checkpoint|observe|definition)\//,
    why: "storage keeps what it is given and decides nothing",
  },
  {
    where: /^packages\/workflow\/src\/(core|definition)\//,
    not: /\/(engine|storage|checkpoint)\//,
    why: "the pipeline goes one way",
  },
  {
    where: /^packages\/.*\/src\//,
    not: /^@automatosx\/[a-z-]+\/(src|dist)\//,
    why: "packages meet at their faces",
  },
];

/** Imports against the direction of the house. */
export function importDirections(): string[] {
  return sourceFiles()
    .filter((name) => /\.tsx?$/.test(name))
    .flatMap((name) => {
      const text = readFileSync(join(root, name), "utf8");
      const imported = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
        (match) => match[1] ?? "",
      );
      return imported.flatMap((target) =>
        rules
          .filter(
            (rule) =>
              rule.where.test(name) && rule.except?.test(name) !== true && rule.not.test(target),
          )
          .map((rule) => `${name} imports ${target}: ${rule.why}`),
      );
    });
}
