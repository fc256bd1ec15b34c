/** Figures as people read them. Nothing is rounded that is money. */

const DECIMALS = 18;
const UNIT = 10n ** BigInt(DECIMALS);
/** Digits after the point that are read; the others are there for whoever needs them. */
const READ_DECIMALS = 4;

export interface AmountText {
  /** Whole tokens and the decimals that matter. */
  readonly head: string;
  /** All further digits, without zeros at the end. */
  readonly tail: string;
}

/** An exact amount in tokens, from decimal digits of the smallest unit; head and tail together are all of it. */
export function amountText(units: string): AmountText {
  const amount = BigInt(units);
  const whole = group((amount / UNIT).toString());
  const fraction = (amount % UNIT).toString().padStart(DECIMALS, "0").replace(/0+$/, "");
  if (fraction === "") return { head: whole, tail: "" };
  const lead = Math.max(READ_DECIMALS, fraction.search(/[1-9]/) + 2);
  return { head: `${whole}.${fraction.slice(0, lead)}`, tail: fraction.slice(lead) };
}

/** The same in one piece. */
export function exactAmount(units: string): string {
  const { head, tail } = amountText(units);
  return head + tail;
}

/** For plots alone, which are drawn to a few hundred pixels: tokens as a float. */
export const approximateTokens = (units: string): number => Number(units) / Number(UNIT);

export const count = (value: number): string => group(String(value));

const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, "\u202f");

export const percent = (share: number, decimals = 1): string =>
  `${(100 * share).toFixed(decimals)}\u202f%`;

/** "4 s", "3 min 5 s", "2 h 10 min", "3 d 4 h". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const units = [
    { name: "d", size: 86_400 },
    { name: "h", size: 3_600 },
    { name: "min", size: 60 },
    { name: "s", size: 1 },
  ];
  const first = units.findIndex(({ size }) => whole >= size);
  if (first === -1) return "0 s";
  return units
    .slice(first, first + 2)
    .map(({ name, size }, i) => {
      const above = i === 0 ? Infinity : (units[first]?.size ?? Infinity);
      return { name, value: Math.floor((whole % above) / size) };
    })
    .filter(({ value }) => value > 0)
    .map(({ name, value }) => `${value}\u202f${name}`)
    .join(" ");
}

const pad = (value: number): string => String(value).padStart(2, "0");

/** Time of day where the browser is, from milliseconds since 1970; the date too unless it is `now`'s. */
export function clockTime(millis: number, now = millis): string {
  const at = new Date(millis);
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  const isToday = at.toDateString() === new Date(now).toDateString();
  return isToday ? time : `${dayOf(at)} ${time}`;
}

const dayOf = (at: Date): string =>
  `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;

/** The beginning of an id, which tells ids apart at a glance: "0x12345678…". */
export const shortId = (id: string): string => (id.length <= 11 ? id : `${id.slice(0, 10)}…`);

/** "packets-received" as people write it. */
export const words = (name: string): string => name.replaceAll("-", " ");

interface AmountLine<Name extends string> {
  readonly name: Name;
  readonly values: readonly number[];
  readonly say: (value: number, at: number) => string;
}

/** A line of a plot whose points are `amounts`, or their sums; it tells them exactly. */
export function amountLine<Name extends string>(
  name: Name,
  amounts: readonly string[],
  isSum: boolean,
): AmountLine<Name> {
  const shown = summed(amounts, isSum);
  return {
    name,
    values: shown.map(approximateTokens),
    say: (_value: number, at: number) => exactAmount(shown[at] ?? "0"),
  };
}

/** `amounts` as they are, or each with all before it added. */
export function summed(amounts: readonly string[], isSum: boolean): readonly string[] {
  if (!isSum) return amounts;
  let sum = 0n;
  return amounts.map((amount) => (sum += BigInt(amount)).toString());
}
