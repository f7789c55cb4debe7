import { type ValueType, ValueTypes } from "../../core/expressions.js";
import type { ExpressionPlace } from "./expression-places.js";
import type { PlaceReporter } from "./PlaceReporter.js";

const DATE = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?([Zz]|[+-]\d\d:\d\d)?)?$/;

/**
 * Reports a date that is written where an expression is expected, and returns whether it is one:
 * `2027-01-31` is a subtraction.
 */
export function addUnquotedInstant(place: ExpressionPlace, reporter: PlaceReporter): boolean {
  const [whole, date = "", time = "", zone = ""] = DATE.exec(place.text.trim()) ?? [];
  if (whole === undefined) return false;
  const seconds = time.length === "08:00".length ? `${time}:00` : time;
  const instant = `'${date}T${time === "" ? "00:00:00" : seconds}${zone === "" ? "Z" : zone}'`;
  const span = { start: 0, end: place.text.length };
  const title = `write \`"${instant}"\``;
  // Without a time zone, the author may mean another one than UTC.
  const options = { safe: time !== "" && zone !== "", title };
  const fix = reporter.replacement(place, span, instant, options);
  const message = "an instant in an expression needs quotes of its own";
  reporter.add(place, { code: "AXW1301", message, span, remedy: title, fix });
  return true;
}

/** As ms, smaller numbers are instants before 1973, so they are probably seconds. */
const MS_OF_1973 = 1e11;

/** Reports a value that is not an instant, or that is one in seconds. */
export function checkInstant(
  place: ExpressionPlace,
  type: ValueType,
  reporter: PlaceReporter,
): void {
  const span = { start: 0, end: place.text.length };
  if (!ValueTypes.canBe(type, "string") && !ValueTypes.canBe(type, "number"))
    return reporter.add(place, {
      code: "AXW1401",
      message: `an instant is needed, and this is ${ValueTypes.describe(type)}`,
      span,
      remedy: "give an RFC 3339 text such as `'2027-01-31T08:00:00Z'`, or milliseconds since 1970",
    });
  const values = ValueTypes.valuesOf(type);
  const isPast = (value: unknown) => typeof value === "number" && value < MS_OF_1973;
  if (values === undefined || values.length === 0 || !values.every(isPast)) return;
  reporter.add(place, {
    code: "AXW1021",
    severity: "warning",
    message: "this is an instant before 1974, because the number is in milliseconds since 1970",
    span,
    remedy: "write milliseconds, a thousand times the seconds; for a duration, write `for`",
  });
}
