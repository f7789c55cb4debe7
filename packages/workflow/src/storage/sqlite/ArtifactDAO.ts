import type { StoredArtifact } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** Large results, once each under the hash of their content. Whether it still fits is for the reader to see, who knows the row that names it. */
export class ArtifactDAO {
  readonly #insert;
  readonly #get;

  constructor(database: Database) {
    this.#insert = database.prepare<[string, string]>(
      "INSERT INTO workflow_artifacts (sha256, content) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING",
    );
    this.#get = database.prepare<[string], unknown>("SELECT content FROM workflow_artifacts WHERE sha256 = ?").pluck();
  }

  insert({ sha256, content }: StoredArtifact): void {
    this.#insert.run(sha256, content);
  }

  get(sha256: string): string | undefined {
    const content = this.#get.get(sha256);
    return typeof content === "string" ? content : undefined;
  }
}
