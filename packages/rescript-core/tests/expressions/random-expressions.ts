import fc from "fast-check";
import type { Expression } from "../../src/index.js";

type Node = Expression["node"];

const expression = (node: Node): Expression => ({ node, span: { start: 0, end: 0 } });

const variables = ["x", "inputs", "item", "not", "if", "a_1"];
const fields = [
  "a",
  "b-c",
  "length",
  "in",
  "true",
  "my key",
  'say "x"',
  "it's",
  "__proto__",
  "",
  "2fa",
  "\\",
];
const functions = ["size", "startsWith", "endsWith", "contains", "lower", "upper", "trim", "split"];
const moreFunctions = ["replace", "join", "flatten", "keys", "string", "number", "sizee"];
const operators = [
  "Or",
  "And",
  "Equal",
  "Unequal",
  "Less",
  "AtMost",
  "Greater",
  "AtLeast",
  "In",
  "Add",
  "Subtract",
  "Multiply",
  "Divide",
  "Remainder",
] as const;
const macros = ["Exists", "All", "Map", "Filter"] as const;

export const scalars = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    1,
    2.5,
    1e21,
    1e-7,
    1e308,
    "",
    "a",
    "it's",
    'say "x"',
    "\\n",
    "\n",
    "é😀",
    "\ud800",
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  fc.string({ unit: "binary", maxLength: 4 }),
);

const { node } = fc.letrec<{ node: Expression; path: Expression }>((tie) => {
  const inner = tie("node");
  const field = fc.constantFrom(...fields);
  const step = fc.oneof(
    fc
      .tuple(fc.constantFrom("build", "b-c", "my step"), fc.constantFrom("output", "status", "x"))
      .map(([id, name]) => {
        const steps = expression({ TAG: "Name", _0: "steps" });
        return expression({
          TAG: "Member",
          _0: expression({ TAG: "Member", _0: steps, _1: id }),
          _1: name,
        });
      }),
    fc.constantFrom(...variables, "steps").map((name) => expression({ TAG: "Name", _0: name })),
  );
  const path = fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    step,
    fc
      .tuple(inner, field)
      .map(([target, name]) => expression({ TAG: "Member", _0: target, _1: name })),
    fc
      .tuple(
        inner,
        inner.filter(({ node: { TAG, _0 } }) => TAG !== "Literal" || typeof _0 !== "string"),
      )
      .map(([target, index]) => expression({ TAG: "Index", _0: target, _1: index })),
  );
  const list = fc.array(inner, { maxLength: 3 });
  const composite = fc.oneof(
    path,
    list.map((elements) => expression({ TAG: "ListOf", _0: elements })),
    fc
      .uniqueArray(fc.tuple(field, inner), { maxLength: 3, selector: ([name]) => name })
      .map((entries) => expression({ TAG: "MapOf", _0: entries })),
    inner.map((operand) => expression({ TAG: "Not", _0: operand })),
    inner.map((operand) => expression({ TAG: "Negate", _0: operand })),
    fc
      .tuple(fc.constantFrom(...operators), inner, inner)
      .map(([operator, left, right]) =>
        expression({ TAG: "Binary", _0: operator, _1: left, _2: right }),
      ),
    fc
      .tuple(fc.constantFrom(...functions, ...moreFunctions), list)
      .map(([text, values]) =>
        expression({ TAG: "Call", _0: { text, span: { start: 0, end: 0 } }, _1: values }),
      ),
    fc
      .tuple(fc.constantFrom(...macros), inner, fc.constantFrom(...variables, "steps"), inner)
      .map(([macro, target, name, body]) =>
        expression({ TAG: "Each", _0: macro, _1: target, _2: name, _3: body }),
      ),
    path.map((checked) => expression({ TAG: "Has", _0: checked })),
    fc
      .tuple(path, inner)
      .map(([checked, otherwise]) => expression({ TAG: "Default", _0: checked, _1: otherwise })),
    fc
      .tuple(inner, inner, inner)
      .map(([condition, first, second]) =>
        expression({ TAG: "If", _0: condition, _1: first, _2: second }),
      ),
  );
  return {
    path,
    node: fc.oneof(
      { maxDepth: 5, depthSize: "small", withCrossShrink: true },
      scalars.map((value) => expression({ TAG: "Literal", _0: value })),
      composite,
    ),
  };
});

/** Trees that the parser can give, of any type. */
export const expressions: fc.Arbitrary<Expression> = node;

/** JSON values. */
export const jsonValues: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalars,
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...fields), tie("value")), { maxLength: 4 })
      .map((entries): unknown => Object.fromEntries(entries)),
  ),
})).value;
