import type { JSX } from "preact";

import { amountText, exactAmount } from "../format.ts";

/** An exact amount: the digits that are read, and quieter the rest of them. */
export function Amount({ units }: { readonly units: string }): JSX.Element {
  const { head, tail } = amountText(units);
  return (
    <span class="amount">
      {head}
      {tail !== "" && <span class="tail">{tail}</span>}
    </span>
  );
}

/** The same with its unit, in a sentence. */
export function Tokens({ units }: { readonly units: string }): JSX.Element {
  return (
    <span>
      <Amount units={units} /> {exactAmount(units) === "1" ? "token" : "tokens"}
    </span>
  );
}
