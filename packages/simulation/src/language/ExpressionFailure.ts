/**
 * What kind of mistake a failure is. A checker of types must exclude the first three; no checker
 * can exclude `value`: a division by zero, an index beyond a list, a text that is not a number.
 */
export type FailureKind = "syntax" | "reference" | "type" | "value";

/** An expression that cannot be parsed or evaluated. */
export class ExpressionFailure extends Error {
  override readonly name = "ExpressionFailure";
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
