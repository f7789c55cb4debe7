import { describe, expect, test } from "vitest";
import { buildProgram } from "../src/program.js";
import { FakeIo } from "./harness/FakeIo.js";

const built = (verb?: string) =>
  buildProgram(
    new FakeIo({ cwd: "." }),
    () => "1.0.0",
    () => undefined,
    verb,
  );

describe("buildProgram", () => {
  const whole = built();
  const verbs = whole.commands.map((command) => command.name());

  test("defines a verb in the same way alone and together with all others", () => {
    const helpOf = (program: typeof whole, verb: string): string | undefined =>
      program.commands.find((command) => command.name() === verb)?.helpInformation();
    expect(verbs.map((verb) => helpOf(built(verb), verb))).toEqual(
      verbs.map((verb) => helpOf(whole, verb)),
    );
  });

  test("defines fewer verbs for each one that is known", () => {
    const isPart = verbs.map((verb) => built(verb).commands.length < verbs.length);
    expect(isPart).toEqual(verbs.map(() => true));
  });

  test("defines every verb for one that is not known", () => {
    expect(built("shwo").commands.map((command) => command.name())).toEqual(verbs);
  });
});
