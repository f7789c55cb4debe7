import { shellWord } from "./render/words.js";

/** The ` --db …` that the next command needs, so that it finds the same database. */
export function dbFlag(options: { readonly db?: string }): string {
  return options.db === undefined ? "" : ` --db ${shellWord(options.db)}`;
}

const TAKES_DB =
  /^axw (?:run|resume|list|show|logs|events|checkpoint|pause|cancel|gc|doctor|graph)\b/;

/** A next command with the ` --db …` that was given, where its verb takes one; a remark in brackets stays at the end. */
export function keepDb(command: string, db: string): string {
  if (db === "" || !TAKES_DB.test(command) || / --(?:db|help)\b/.test(command)) return command;
  const end = command.search(/ {3}\(|$/);
  return `${command.slice(0, end)}${db}${command.slice(end)}`;
}
