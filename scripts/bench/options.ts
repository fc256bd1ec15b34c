/** An option of a benchmark that is a whole number above zero; throws for anything else. */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} is "${text}"; give a whole number above zero`);
}
