import { withoutPassword } from "./backend/without-password.js";

/** The commands of `axw`, and whether each uses the database given with `--db`. */
const VERBS = {
  init: { takesDb: false },
  validate: { takesDb: false },
  plan: { takesDb: true },
  graph: { takesDb: true },
  simulate: { takesDb: false },
  test: { takesDb: false },
  agents: { takesDb: false },
  schema: { takesDb: false },
  run: { takesDb: true },
  resume: { takesDb: true },
  watch: { takesDb: true },
  list: { takesDb: true },
  show: { takesDb: true },
  result: { takesDb: true },
  logs: { takesDb: true },
  events: { takesDb: true },
  why: { takesDb: true },
  gates: { takesDb: true },
  approve: { takesDb: true },
  reject: { takesDb: true },
  answer: { takesDb: true },
  signal: { takesDb: true },
  "edit-output": { takesDb: true },
  retry: { takesDb: true },
  amend: { takesDb: true },
  fork: { takesDb: true },
  checkpoint: { takesDb: true },
  pause: { takesDb: true },
  cancel: { takesDb: true },
  serve: { takesDb: true },
  doctor: { takesDb: true },
  backup: { takesDb: true },
  gc: { takesDb: true },
  worker: { takesDb: true },
  backend: { takesDb: true },
} as const;

export type Verb = keyof typeof VERBS;

/** What can be typed instead of a command. */
type Flag = "--help" | "--version";

/**
 * A command for the user to type, as data. `commandText` quotes it and adds what depends on this
 * invocation.
 */
export interface Command {
  readonly program: "axw" | "cat" | "chmod" | "ls";
  /** The words after the program name, unquoted. */
  readonly args: readonly string[];
  /** Whether the command needs this invocation's `--db` or `--backend` to find the same runs. */
  readonly takesDb: boolean;
  /** Printed below the command, so that the line of the command can be pasted as a whole. */
  readonly remark?: string;
}

/** An `axw` command with its arguments, or flags alone. */
export function axw(first: Verb | Flag, ...rest: readonly string[]): Command {
  const namesDb = rest.some((word) => ["--db", "--backend", "--help"].includes(word));
  return {
    program: "axw",
    args: [first, ...rest],
    takesDb: isVerb(first) && VERBS[first].takesDb && !namesDb,
  };
}

function isVerb(word: Verb | Flag): word is Verb {
  return Object.hasOwn(VERBS, word);
}

/** A shell command, for something that `axw` cannot show. */
export function shell(program: "cat" | "chmod" | "ls", ...args: readonly string[]): Command {
  return { program, args, takesDb: false };
}

/**
 * Returns the command as the user would type it. `typedAxw` starts `axw`: in a clone of the
 * repository, where `axw` is not on PATH, it is `npm run -s axw --`. `place` is where this
 * invocation's flags say that the runs are. A backend is repeated without its password.
 */
export function commandText(command: Command, typedAxw: string, place: PlaceFlags = {}): string {
  const { program, args, takesDb } = command;
  const words = takesDb ? [...args, ...placeWords(place)] : args;
  return [program === "axw" ? typedAxw : program, ...words.map(shellWord)].join(" ");
}

/** The flags with which an invocation says where the runs are. */
export interface PlaceFlags {
  readonly db?: string | undefined;
  readonly backend?: string | undefined;
}

function placeWords({ db, backend }: PlaceFlags): readonly string[] {
  return [
    ...(backend === undefined ? [] : ["--backend", withoutPassword(backend)]),
    ...(db === undefined ? [] : ["--db", db]),
  ];
}

/** The argument that stands for standard input instead of a file. */
export const STDIN = "-";

/**
 * A path as an argument: one that begins with a dash would be read as a flag, so it gets its
 * folder.
 */
export function pathArgument(path: string): string {
  return path.startsWith("-") && path !== STDIN ? `./${path}` : path;
}

/**
 * A word of a command line, quoted if a shell would interpret one of its characters. A character
 * that a terminal would interpret is written as an escape (`$'\x1b'`), so that the printed word
 * means the same as the typed one.
 */
export function shellWord(word: string): string {
  // At the start of a word, zsh replaces `=name` by the path of a program.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  if (!UNPRINTABLE.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word.replace(/['\\]/g, "\\$&").replace(new RegExp(UNPRINTABLE, "gu"), escapeOf);
  return `$'${escaped}'`;
}

// Control characters, and characters that readers cannot see.
const UNPRINTABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

/** A character as its bytes in UTF-8, as shells read them in `$'…'`. */
function escapeOf(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
    .join("");
}
