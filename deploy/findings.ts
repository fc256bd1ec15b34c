/** What a check of a plan finds: a rule, whether it holds, and both sides of it in figures. */
export interface Finding {
  readonly rule: string;
  readonly holds: boolean;
  /** The two sides, in figures. */
  readonly figures: string;
}

export function more<T extends number | bigint>(
  rule: string,
  got: T,
  bound: T,
  unit: string,
): Finding {
  return { rule, holds: got > bound, figures: `${show(got)} > ${show(bound)} ${unit}` };
}

export function atLeast<T extends number | bigint>(
  rule: string,
  got: T,
  bound: T,
  unit: string,
): Finding {
  return { rule, holds: got >= bound, figures: `${show(got)} ≥ ${show(bound)} ${unit}` };
}

const show = (value: number | bigint): string =>
  typeof value === "bigint" ? value.toString() : String(Math.round(value * 1000) / 1000);
