/**
 * A large result stands in the run, in its snapshots and in requests as a reference to the artifact
 * that has its content. Only the worker that performs a step reads the content.
 */
export interface ResultReference {
  readonly $artifact: string;
  readonly bytes: number;
  /** The run's `referenceKey`: agents never see it, so none can return a reference. */
  readonly key: string;
}

/** Returns the reference to an artifact, as the result of a step. */
export function referenceTo(
  { sha256, bytes }: { readonly sha256: string; readonly bytes: number },
  key: string,
): ResultReference {
  return { $artifact: sha256, bytes, key };
}

function isReference(value: object, key: string): value is ResultReference {
  return (
    "$artifact" in value &&
    "key" in value &&
    value.key === key &&
    typeof value.$artifact === "string"
  );
}

/** Reads the content of an artifact. */
export type ReadArtifact = (sha256: string) => string;

/** Returns a value with the contents in place of its references. */
export function resolved(value: unknown, key: string, read: ReadArtifact): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => resolved(item, key, read));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (isReference(value, key)) return JSON.parse(read(value.$artifact));
  let changed: Record<string, unknown> | undefined;
  for (const [name, member] of Object.entries(value)) {
    const next = resolved(member, key, read);
    if (next !== member) changed = { ...(changed ?? value), [name]: next };
  }
  return changed ?? value;
}

/**
 * Returns the members of an object, each resolved when it is first read: an agent that joins a
 * thousand large results can take one after the other.
 */
export function resolvedOnRead(
  values: Readonly<Record<string, unknown>>,
  key: string,
  read: ReadArtifact,
): Readonly<Record<string, unknown>> {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!hasReference(value, key)) made[name] = value;
    else
      Object.defineProperty(made, name, {
        configurable: true,
        enumerable: true,
        get: () => resolved(value, key, read),
      });
  }
  return made;
}

function hasReference(value: unknown, key: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isReference(value, key)) return true;
  return Object.values(value).some((member) => hasReference(member, key));
}
