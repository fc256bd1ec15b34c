/** From packets with tickets to tokens that relays have: by redemption, and by the lottery. */
import type { ComponentChildren, JSX } from "preact";

import { count } from "../format.ts";
import { Amount } from "../parts/amount.tsx";
import type { CoinFigures } from "./overview.ts";

interface CoinPathProps {
  readonly coin: CoinFigures;
  readonly free: boolean;
}

export function CoinPath({ coin, free }: CoinPathProps): JSX.Element {
  return (
    <>
      <h3>Tickets</h3>
      {free ? (
        <p class="empty">Packets cost nothing in this network: there are no tickets.</p>
      ) : (
        <ol class="coins">
          <Step name="Taken" value={count(coin.ticketsWon + coin.ticketsLost)}>
            decided at once; {count(coin.ticketsLost)} lost
          </Step>
          <Step name="Won" value={count(coin.ticketsWon)}>
            tickets
          </Step>
          <Step name="Waiting" value={count(coin.waiting)}>
            for their epoch's end
          </Step>
          <Step name="Redeemed" value={count(coin.redeemed)}>
            tickets
          </Step>
          <Step name="To relays" value={<Amount units={coin.credited} />} isCoin>
            tokens
          </Step>
          <Step name="Burned" value={<Amount units={coin.burned} />} isCoin>
            tokens
          </Step>
        </ol>
      )}
      <h3>Cover lottery</h3>
      <ol class="coins">
        <Step name="Drawn" value={count(coin.drawn)}>
          slots of cover
        </Step>
        <Step name="Claimed" value={count(coin.claimed)}>
          with proofs of their way
        </Step>
        <Step name="Rewards" value={<Amount units={coin.rewards} />} isCoin>
          tokens, made for senders and hops
        </Step>
      </ol>
      <p class="note">
        For all of that relays spent <Amount units={coin.gas} /> of the chain's coin on gas, in{" "}
        {count(coin.transactions)} transactions.
      </p>
    </>
  );
}

interface StepProps {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly isCoin?: boolean;
  readonly children: ComponentChildren;
}

function Step({ name, value, isCoin, children }: StepProps): JSX.Element {
  return (
    <li class={isCoin === true ? "step coin" : "step"}>
      <span class="step-name">{name}</span>
      <span class="step-value">{value}</span>
      <span class="unit">{children}</span>
    </li>
  );
}
