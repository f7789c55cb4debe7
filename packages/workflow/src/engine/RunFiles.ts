import { join } from "node:path";
import { RunQueries } from "../core/workflow-state-machine.js";
import { renderRequest, requestValues } from "../drive/render-request.js";
import { newestFiles } from "../drive/request-elsewhere.js";
import { hasRunDirectory } from "../every-step.js";
import {
  type CollectedFiles,
  collectFiles,
  contentOfKept,
  type KeptFile,
} from "../run-directory/kept-files.js";
import { RunDirectories } from "../run-directory/RunDirectories.js";
import { restoreFile } from "../run-directory/restore-file.js";
import { TemporaryFolder } from "../run-directory/TemporaryFolder.js";
import { referencedArtifacts } from "../storage/referenced-artifacts.js";
import type { StoragePort, StoredArtifact } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";

/** The directories of an engine's runs, and the declared files in them. */
export class RunFiles {
  readonly #storage: StoragePort;
  readonly #prepared = new WeakMap<ActiveRun, Promise<string>>();
  /** The runs that have taken results which they did not have before. */
  readonly #changed = new WeakSet<ActiveRun>();
  #directories: RunDirectories | undefined;
  #temporary: TemporaryFolder | undefined;

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  /** Whether the attempts of a run work in a directory. */
  isUsedBy({ definition }: ActiveRun): boolean {
    return hasRunDirectory(definition);
  }

  /**
   * Returns the path of the run's directory. Before the first attempt after a resume, and after the
   * run has taken an earlier result, the files that completed steps declared are made what they
   * were: another attempt may have changed them.
   */
  prepare(run: ActiveRun): Promise<string> {
    const known = this.#prepared.get(run);
    if (known !== undefined) return known;
    const prepared = this.#prepare(run);
    this.#prepared.set(run, prepared);
    // What failed once may succeed for the next attempt.
    prepared.catch(() => this.#prepared.delete(run));
    return prepared;
  }

  /** Makes the next attempt of a run wait until the declared files are made what they were. */
  mustRestore(run: ActiveRun): void {
    this.#changed.add(run);
    this.#prepared.delete(run);
  }

  /** Writes the files of a result that a step takes from another run. */
  async restore(run: ActiveRun, files: readonly KeptFile[]): Promise<void> {
    const directory = await this.prepare(run);
    for (const file of files) await restoreFile(directory, file, () => this.#contentOf(file));
  }

  /**
   * Writes the files of an attempt that another host has performed. Other attempts of the run may
   * have begun, so a file is replaced as a whole.
   */
  async write(
    run: ActiveRun,
    files: readonly KeptFile[],
    artifacts: readonly StoredArtifact[],
  ): Promise<void> {
    const directory = await this.prepare(run);
    const contents = new Map(artifacts.map(({ sha256, content }) => [sha256, content]));
    for (const file of files)
      await restoreFile(directory, file, () => contentOfKept(file, contents.get(file.artifact)));
  }

  /** Returns the stored content of a declared file, encoded; undefined if it is missing. */
  stored({ artifact }: Pick<KeptFile, "artifact">): string | undefined {
    return this.#storage.getArtifact(artifact);
  }

  /**
   * Reads the files left by an attempt of unknown outcome, for an answer that says that the attempt
   * took effect. Undefined if the step declares none.
   */
  async collectUnknown(
    run: Pick<ActiveRun, "runId" | "machine">,
    stepId: string,
  ): Promise<CollectedFiles | undefined> {
    const declared = RunQueries.unknownFiles(run.machine, stepId);
    if (declared === undefined) return undefined;
    const runDirectory = this.#directory(run.runId);
    const values = requestValues(declared, { runDirectory });
    const rendered = renderRequest({ files: declared.files }, values, {});
    if (!rendered.ok) return rendered;
    return collectFiles(runDirectory, rendered.parts.files ?? []);
  }

  /** Removes the directories that last only as long as the engine. */
  close(): void {
    this.#temporary?.close();
  }

  async #prepare(run: ActiveRun): Promise<string> {
    const directory = this.#directory(run.runId);
    if (run.isResumed || this.#changed.has(run))
      for (const file of this.#filesOf(run))
        await restoreFile(directory, file, () => this.#contentOf(file));
    return directory;
  }

  #directory(runId: string): string {
    this.#directories ??= new RunDirectories(this.#storage.databasePath ?? this.#inMemory());
    return this.#directories.prepare(runId);
  }

  /** A storage without a file has its directories in a temporary folder. */
  #inMemory(): string {
    this.#temporary ??= new TemporaryFolder("axw-runs-");
    return join(this.#temporary.path, "workflow.db");
  }

  /** The declared files of the completed steps; of each path, the version completed last. */
  #filesOf({ runId, machine }: ActiveRun): Iterable<KeptFile> {
    // The journal of a fork has no entries for the results that it began with, and a snapshot of an
    // earlier version has no files.
    const newest = newestFiles(machine);
    for (const entry of this.#storage.readJournal(runId)) {
      if (referencedArtifacts(entry).length === 0) continue;
      const { files = [] } = JSON.parse(entry.payload) as { readonly files?: readonly KeptFile[] };
      const step = RunQueries.step(machine, entry.stepId ?? "");
      if (step?.status !== "completed") continue;
      for (const file of files) newest.set(file.path, file);
    }
    return newest.values();
  }

  #contentOf(file: KeptFile): Buffer {
    return contentOfKept(file, this.stored(file));
  }
}
