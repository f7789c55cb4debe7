import type { Random } from "../Random.ts";
import { commitEnds, type FileName, FRAME_HEADER, LOG_HEADER, PAGE } from "./flip-regions.ts";
import type { DatabaseFiles } from "./interrupted-files.ts";

/** Files with one damage in them. */
export interface DamagedFiles extends DatabaseFiles {
  readonly where: string;
  /**
   * The length of the part of the log that is left, if the damaged files may also be those of a
   * database that ended there.
   */
  readonly logLength?: number;
}

type Files = Readonly<Record<FileName, Buffer>>;
type DamageKind = (random: Random, files: Files) => DamagedFiles;

const SECTOR = 512;

/** Each way to damage a file or a log, by name. */
export const DAMAGE_KINDS: Readonly<Record<string, DamageKind>> = {
  "one flipped bit": (random, files) =>
    change(random, files, (bytes, at) => {
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }),
  "a zeroed sector": (random, files) =>
    change(random, files, (bytes, at) => {
      const from = at - (at % SECTOR);
      bytes.fill(0, from, from + SECTOR);
    }),
  "a page of noise": (random, files) =>
    change(random, files, (bytes, at) => {
      const from = at - (at % PAGE);
      for (let byte = from; byte < Math.min(from + PAGE, bytes.length); byte += 1)
        bytes[byte] = random.below(256);
    }),
  "a changed byte at the start of a page": (random, files) =>
    change(random, files, (bytes, at, name) => {
      const start = name === "log" ? frameOf(at) + FRAME_HEADER : at - (at % PAGE);
      const byte = Math.min(start + random.below(16), bytes.length - 1);
      bytes[byte] = random.below(256);
    }),
  "a changed header of a frame": (random, files) => {
    const log = Buffer.from(files.log);
    const at = frameOf(random.below(log.length)) + random.below(FRAME_HEADER);
    log[Math.min(at, log.length - 1)] = random.below(256);
    return { database: files.database, log, where: `byte ${at} of the log` };
  },
  "two swapped pages": (random, files) =>
    change(random, files, (bytes, at, name) => {
      const [one, two] = [contentAt(at, name), contentAt(random.below(bytes.length), name)];
      if (Math.max(one, two) + PAGE > bytes.length) return;
      const first = Buffer.from(bytes.subarray(one, one + PAGE));
      bytes.copyWithin(one, two, two + PAGE);
      first.copy(bytes, two);
    }),
  "an old version of a page": (random, files) => {
    const folded = Buffer.from(files.folded);
    const changed: number[] = [];
    for (let from = 0; from + PAGE <= Math.min(folded.length, files.database.length); from += PAGE)
      if (!folded.subarray(from, from + PAGE).equals(files.database.subarray(from, from + PAGE)))
        changed.push(from);
    const from = changed[random.below(changed.length)] ?? 0;
    files.database.copy(folded, from, from, from + PAGE);
    return onFolded(folded, `page ${from / PAGE + 1} of the folded file`);
  },
  "a truncated file": (random, files) => {
    const length = random.below(files.folded.length);
    return onFolded(files.folded.subarray(0, length), `the folded file after ${length} bytes`);
  },
  "a truncated log": (random, files) => {
    const length = random.below(files.log.length);
    const ends = commitEnds(files.log).filter((end) => end <= length);
    return {
      database: files.database,
      log: files.log.subarray(0, length),
      where: `the log after ${length} bytes`,
      logLength: ends.at(-1) ?? 0,
    };
  },
};

// The file, the log and the file with its log folded in are damaged equally often.
function change(
  random: Random,
  files: Files,
  damage: (bytes: Buffer, at: number, name: FileName) => void,
): DamagedFiles {
  const name = (["database", "log", "log", "folded", "folded"] as const)[random.below(5)] ?? "log";
  const bytes = Buffer.from(files[name]);
  const at = random.below(bytes.length);
  damage(bytes, at, name);
  const where = `at byte ${at} of the ${name}`;
  if (name === "folded") return onFolded(bytes, where);
  const { database, log } = files;
  return { database, log, [name]: bytes, where };
}

function onFolded(database: Buffer, where: string): DamagedFiles {
  return { database, log: Buffer.alloc(0), where };
}

function contentAt(at: number, name: FileName): number {
  return name === "log" ? frameOf(at) + FRAME_HEADER : at - (at % PAGE);
}

function frameOf(at: number): number {
  const frame = Math.floor(Math.max(0, at - LOG_HEADER) / (FRAME_HEADER + PAGE));
  return LOG_HEADER + frame * (FRAME_HEADER + PAGE);
}
