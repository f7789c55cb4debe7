/** Plays a world to its end. What it throws, or rejects unawaited, is reported. Never rejects. */
export async function playWorld(world: {
  run(): Promise<void>;
  report(problem: string): void;
}): Promise<void> {
  const unhandled = (error: unknown): void =>
    world.report(`unhandled rejection: ${stackOf(error)}`);
  process.on("unhandledRejection", unhandled);
  try {
    await world.run();
  } catch (error) {
    world.report(`the simulation itself failed: ${stackOf(error)}`);
  } finally {
    process.off("unhandledRejection", unhandled);
  }
}

const stackOf = (error: unknown): string | undefined =>
  error instanceof Error ? error.stack : String(error);
