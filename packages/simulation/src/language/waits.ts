import { ExpressionFailure } from "./ExpressionFailure.js";
import { schemaMisfit } from "./schema-misfit.js";

/** A signal that has come and that no step has taken. */
interface KeptSignal {
  readonly name: string;
  readonly data: unknown;
}

const MAX_KEPT = 1000;

/** The signals of a run that no step has taken, and the ids of all that have come. */
export class Signals {
  #kept: readonly KeptSignal[] = [];
  #ids: ReadonlySet<string> = new Set();

  get kept(): readonly KeptSignal[] {
    return this.#kept;
  }

  get isFull(): boolean {
    return this.#kept.length >= MAX_KEPT;
  }

  clone(): Signals {
    const copy = new Signals();
    copy.#kept = this.#kept;
    copy.#ids = this.#ids;
    return copy;
  }

  isKnown(id: string | undefined): boolean {
    return id !== undefined && this.#ids.has(id);
  }

  note(id: string | undefined): void {
    if (id !== undefined) this.#ids = new Set(this.#ids).add(id);
  }

  keep(name: string, data: unknown): void {
    this.#kept = [...this.#kept, { name, data }];
  }

  /** Takes the oldest signal of this name whose data fits. */
  take(name: string, form: unknown): KeptSignal | undefined {
    const found = this.#kept.find(
      (signal) =>
        signal.name === name &&
        (form === undefined || schemaMisfit(form, signal.data) === undefined),
    );
    if (found !== undefined) this.#kept = this.#kept.filter((signal) => signal !== found);
    return found;
  }
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** The instant that a value names: ms since the epoch, or a text of RFC 3339. */
export function instantOf(value: unknown): number {
  if (typeof value === "number") return value;
  const at =
    typeof value === "string" && RFC_3339.test(value)
      ? Date.parse(value.replace(/[t ]/, "T").replace("z", "Z"))
      : Number.NaN;
  if (Number.isNaN(at))
    throw new ExpressionFailure("type", `${JSON.stringify(value)} is not an instant`);
  return at;
}
