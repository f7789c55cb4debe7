/** A source file, read once for every rule. */
export interface SourceFile {
  /** The path from the repository's root, with forward slashes. */
  readonly name: string;
  readonly text: string;
  readonly lines: readonly string[];
}

export interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong and what to write instead, without the place. */
  readonly problem: string;
}

export interface Rule {
  readonly name: string;
  readonly why: string;
  readonly find: (files: readonly SourceFile[]) => Finding[];
}

/** A file that a generator writes; the finding belongs to what the generator reads. */
export const isGenerated = (name: string): boolean =>
  /\.gen\.ts$|\.res\.js$|^docs\/(reference\/|benchmarks\.md$|phase-4-report\.md$)/.test(name);
