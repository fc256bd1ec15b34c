/** Sender, three layers, recipient: what moves between them, and through each relay. */
import type { JSX } from "preact";

import { shortId } from "../format.ts";
import type { RelayFigures } from "./overview.ts";

const LAYERS = [0, 1, 2];

export const rate = (perSecond: number): string =>
  perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toFixed(1);

export function PacketPath({ relays }: { readonly relays: readonly RelayFigures[] }): JSX.Element {
  const sum = (layer: number, of: (relay: RelayFigures) => number): number =>
    relays.filter((relay) => relay.layer === layer).reduce((total, relay) => total + of(relay), 0);
  const idle = relays.filter(({ layer }) => layer === null);
  return (
    <>
      <div class="path">
        <End title="Senders" note="and relays, with cover" />
        <Arrow perSecond={sum(0, ({ received }) => received)} />
        {LAYERS.map((layer) => (
          <>
            <Layer
              key={layer}
              layer={layer}
              relays={relays.filter((relay) => relay.layer === layer)}
            />
            <Arrow
              perSecond={
                layer === 2
                  ? sum(layer, ({ delivered }) => delivered)
                  : sum(layer, ({ forwarded }) => forwarded)
              }
            />
          </>
        ))}
        <End title="Recipients" note="and relays, whose cover is back" />
      </div>
      {idle.length > 0 && (
        <p class="note">Without a layer in this era: {idle.map(({ name }) => name).join(", ")}.</p>
      )}
    </>
  );
}

function End({ title, note }: { readonly title: string; readonly note: string }): JSX.Element {
  return (
    <div class="end">
      <strong>{title}</strong>
      <span>{note}</span>
    </div>
  );
}

interface LayerProps {
  readonly layer: number;
  readonly relays: readonly RelayFigures[];
}

function Layer({ layer, relays }: LayerProps): JSX.Element {
  return (
    <div class="layer">
      <h3>Layer {layer}</h3>
      {relays.length === 0 && <p class="empty">no relay</p>}
      <ul>
        {relays.map((relay) => (
          <li key={relay.name} class={relay.answers && relay.ready ? "node" : "node off"}>
            <strong>{relay.name}</strong>{" "}
            {relay.relay !== null && <abbr title={relay.relay}>{shortId(relay.relay)}</abbr>}
            <span class="node-figures">
              {relay.answers ? (
                <>
                  <b>{rate(relay.received)}</b> in, <b>{rate(relay.forwarded + relay.delivered)}</b>{" "}
                  out, <b>{relay.inMix.toFixed(1)}</b> mixing
                  {relay.dropped > 0 && (
                    <span class="dropping">, {rate(relay.dropped)} dropped</span>
                  )}
                </>
              ) : (
                "does not answer"
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Faster and thicker the more goes through: each step is twice as much. */
export function Arrow({ perSecond }: { readonly perSecond: number }): JSX.Element {
  const step = perSecond <= 0 ? 0 : Math.min(6, Math.max(1, Math.ceil(Math.log2(perSecond)) + 1));
  return (
    <div class="arrow">
      <svg class={`flow flow-${step}`} viewBox="0 0 80 20" aria-hidden="true">
        <line class="flow-bed" x1="2" y1="10" x2="70" y2="10" />
        <line class="flow-line" x1="2" y1="10" x2="70" y2="10" />
        <path class="flow-head" d="M68 4 L78 10 L68 16 Z" />
      </svg>
      <span>
        <b>{rate(perSecond)}</b> /s
      </span>
    </div>
  );
}
