type Values = Readonly<Record<string, unknown>>;

/**
 * Returns a frozen object with the same values, which notes the name of each value that is read. It
 * can be copied and cloned like a plain object; a copy has all values, so all of them were read.
 */
export function observeValues(values: Values, note: (name: string) => void): Values {
  const observed: PropertyDescriptorMap = {};
  for (const name of Object.keys(values))
    observed[name] = {
      enumerable: true,
      get: () => {
        note(name);
        return values[name];
      },
    };
  return Object.freeze(Object.defineProperties({}, observed));
}

/**
 * Returns a copy of a request with some members changed. Unlike `{ ...request }`, it does not read
 * the members of the request, so the run still knows what the agent reads.
 */
export function changedRequest<Request extends object>(
  request: Request,
  changes: Partial<Request>,
): Request {
  const copy = Object.create(
    Object.getPrototypeOf(request) as object | null,
    Object.getOwnPropertyDescriptors(request),
  ) as Request;
  for (const [name, value] of Object.entries(changes))
    Object.defineProperty(copy, name, { value, enumerable: true, writable: true });
  return copy;
}
