/** Processes that die at a chosen effect. */
/** What a process dies of. */
export class Crash extends Error {}

/** The same object, whose every asynchronous method counts as an effect that the process may die at. */
export function mortal<Thing extends object>(
  thing: Thing,
  strike: (when: "before" | "after") => void,
): Thing {
  return new Proxy(thing, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === "object" && value !== null && name !== "calls")
        return mortal(value, strike);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        strike("before");
        const result: unknown = await Reflect.apply(value, target, args);
        strike("after");
        return result;
      };
    },
  });
}
