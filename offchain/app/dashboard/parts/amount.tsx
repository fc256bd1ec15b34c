import type { JSX } from "preact";

import { amountText } from "../format.ts";

/**
 * An exact amount: the digits that are read, and quieter the rest of them. In a column the points stand below each
 * other. Whoever hears it hears one number.
 */
export function Amount({ units }: { readonly units: string }): JSX.Element {
  const { head, tail } = amountText(units);
  const [whole = "", fraction] = head.split(".");
  return (
    <span class="amount">
      <span class="unseen">{head + tail}</span>
      <span aria-hidden="true">
        {whole}
        <span class="fraction">{fraction !== undefined && `.${fraction}`}</span>
        <span class="tail">{tail}</span>
      </span>
    </span>
  );
}
