/** A running sender or recipient. */
import { Endpoint } from "../client/endpoint.ts";
import { accountPayerId } from "../core/tickets/index.ts";
import { millis } from "../core/units.ts";
import { WaybillError } from "../core/errors.ts";
import type { Identity } from "./identity.ts";
import type { Node } from "./node.ts";
import { findRelay } from "./relay/registered.ts";
import { openTransport } from "./transport.ts";

const POLL = millis(100);

/** The endpoint of `identity` on `node`, not started yet; it dials relays and listens nowhere. */
export async function createEndpoint(
  node: Node,
  identity: Identity,
  onMessage: (data: Uint8Array) => void,
): Promise<Endpoint> {
  const transport = await openTransport({ seed: identity.keys.network, listen: [] });
  return new Endpoint(
    {
      transport,
      network: node.view,
      store: node.store,
      forgetsTags: findRelay(node, identity) === undefined,
      clock: node.clock,
      random: node.random,
      backend: identity.backend,
      log: node.log,
      packetSecret: identity.keys.packet(),
      ticketSecret: identity.keys.ticket,
      payer: { payer: accountPayerId(identity.account), ticketSigner: identity.ticketSigner },
    },
    onMessage,
  );
}

/** Waits until `ready` holds, at most `seconds`; throws ENDPOINT_NOT_READY saying what is missing. */
export async function waitUntil(
  node: Node,
  what: string,
  seconds: number,
  ready: () => boolean,
): Promise<void> {
  const deadline = node.clock.monotonic() + 1_000 * seconds;
  while (!ready()) {
    if (node.clock.monotonic() > deadline)
      throw new WaybillError("ENDPOINT_NOT_READY", { what, got: `nothing within ${seconds} s` });
    await new Promise<void>((resolve) => node.clock.after(POLL, resolve));
  }
}
