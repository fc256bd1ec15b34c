import type { JSX } from "preact";

import { amountText } from "../format.ts";

interface AmountProps {
  readonly units: string;
  /** No amount of its column has quiet digits. */
  readonly isShort?: boolean;
}

/**
 * An exact amount: the digits that are read, and quieter the rest of them. In a column the points stand below each
 * other. Whoever hears it hears one number.
 */
export function Amount({ units, isShort }: AmountProps): JSX.Element {
  const { head, tail } = amountText(units);
  const [whole = "", fraction] = head.split(".");
  return (
    <span class="amount">
      <span class="unseen">{head + tail}</span>
      <span aria-hidden="true">
        {whole}
        <span class="fraction">{fraction !== undefined && `.${fraction}`}</span>
        {isShort !== true && <span class="tail">{tail}</span>}
      </span>
    </span>
  );
}
