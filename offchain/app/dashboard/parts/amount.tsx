import type { JSX } from "preact";

import { amountText } from "../format.ts";

/** An exact amount: the digits that are read, and quieter the rest of them. In a column the points stand below each other. */
export function Amount({ units }: { readonly units: string }): JSX.Element {
  const { head, tail } = amountText(units);
  const point = head.indexOf(".");
  const whole = point < 0 ? head : head.slice(0, point);
  return (
    <span class="amount">
      {whole}
      <span class="fraction">{point < 0 ? "" : head.slice(point)}</span>
      <span class="tail">{tail}</span>
    </span>
  );
}
