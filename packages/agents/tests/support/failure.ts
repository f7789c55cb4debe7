/** Returns the reason with which a promise rejects. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const result = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in result && result.error instanceof Error) return result.error;
  throw new Error(`expected a rejection with an Error, got ${JSON.stringify(result)}`);
}
