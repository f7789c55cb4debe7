/** A source file, read once and shared by all rules. */
export interface SourceFile {
  /** The path from the repository's root, with forward slashes. */
  readonly name: string;
  readonly text: string;
  readonly lines: readonly string[];
}

export interface Finding {
  readonly file: string;
  /** The line, numbered from 1. */
  readonly line: number;
  /** What is wrong and what to write instead, without the location. */
  readonly problem: string;
}

export interface Rule {
  readonly name: string;
  readonly why: string;
  readonly find: (files: readonly SourceFile[]) => Finding[];
}

/** Whether a generator writes the file; a finding there belongs to the generator's input. */
export const isGenerated = (name: string): boolean =>
  /\.gen\.ts$|\.res\.js$|^docs\/(reference\/|benchmarks\.md$|phase-4-report\.md$)/.test(name);
