/**
 * Runs a program of the system and returns what it prints. The module that starts programs is
 * loaded only now: loading it takes a millisecond, and on Linux no program is needed.
 */
export function outputOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  return execFileSync(program, args, { encoding: "utf8", env });
}
