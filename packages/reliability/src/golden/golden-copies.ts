import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Clock, systemPorts } from "@automatosx/workflow";

/** The golden databases of one kind, and copies of them that a test may change. */
export class GoldenCopies {
  /** The names of the compressed databases, one for each release. */
  readonly releases: readonly string[];
  readonly #source: string;
  readonly #folder: string;

  /** `kind`: the folder below `golden`. */
  constructor(kind: string) {
    this.#source = fileURLToPath(new URL(`../../golden/${kind}/`, import.meta.url));
    this.#folder = mkdtempSync(join(tmpdir(), `axw-golden-${kind}-`));
    this.releases = readdirSync(this.#source).filter((name) => name.endsWith(".db.gz"));
  }

  /** Writes a copy of a database, and returns its path. */
  copy(name: string): string {
    const path = join(this.#folder, basename(name, ".gz"));
    writeFileSync(path, gunzipSync(readFileSync(join(this.#source, name))));
    return path;
  }

  /** Removes the copies. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The version of the package, which names the golden database that it must have. */
export function packageVersion(): string {
  const manifest = fileURLToPath(new URL("../../../workflow/package.json", import.meta.url));
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/**
 * A clock that is `aheadMs` late, and whose timers take 5 ms at most: the owner of a run in flight
 * is unknown, so its lease would be watched for 20 seconds.
 */
export function impatientClock(aheadMs = 0): Clock {
  const { clock } = systemPorts;
  return {
    ...clock,
    now: () => aheadMs + clock.now(),
    setTimer: (delayMs, action) => clock.setTimer(Math.min(delayMs, 5), action),
  };
}
