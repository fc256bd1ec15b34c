/** What the books are checked with. Amounts in the token's smallest unit. */

export const sum = <T>(items: readonly T[], amount: (item: T) => bigint): bigint =>
  items.reduce((total, item) => total + amount(item), 0n);

/** A sentence about two sums that should be equal and are not. */
export function differs(
  what: string,
  got: bigint,
  of: string,
  expected: bigint,
): string | undefined {
  return got === expected
    ? undefined
    : `${what} (${got}) ≠ ${of} (${expected}), off by ${got - expected}`;
}
