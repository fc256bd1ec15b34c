/** Amounts of money for people. */

/** At most six decimals, which are cut and not rounded; thousands grouped. */
export function formatAmount(amount: bigint, decimals = 18): string {
  const unit = 10n ** BigInt(decimals);
  const sign = amount < 0n ? "-" : "";
  const positive = amount < 0n ? -amount : amount;
  const whole = (positive / unit).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = (positive % unit)
    .toString()
    .padStart(decimals, "0")
    .slice(0, 6)
    .replace(/0+$/, "");
  const isTiny = positive > 0n && whole === "0" && fraction === "";
  if (isTiny) return `${sign === "-" ? ">-" : "<"}0.000001`;
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
