/** A drand chain of a local network's own, and the beacon that takes its rounds. */
import { randomBytes } from "node:crypto";

import { bytesToHex } from "../../offchain/core/bytes.ts";
import { localDrand } from "../../offchain/core/drand/signer.ts";
import { seconds, type Seconds } from "../../offchain/core/units.ts";
import { startDrandServer, type DrandServer } from "./drand-server.ts";
import type { Sections } from "./parameters.ts";

/** It began so long before epoch 0. */
const LEAD_SECONDS = 60;
/** From the start of an epoch until its round is due, and between rounds. */
const DELAY_SECONDS = 2;
const PERIOD_SECONDS = 1;
/** Endpoints that serve it: relays go on when the first one is gone. */
const ENDPOINTS = 2;

export interface DrandChainServed {
  /** In the order in which relays ask them. */
  readonly servers: readonly DrandServer[];
  /** Section "Beacon" of the parameters. */
  readonly beacon: Sections[string];
}

/** @param now The servers' time. @param genesisAgo Seconds since epoch 0 began. */
export async function serveDrandChain(
  now: () => Seconds,
  genesisAgo: number,
): Promise<DrandChainServed> {
  const genesis = seconds(now() - genesisAgo - LEAD_SECONDS);
  const drand = localDrand(genesis, seconds(PERIOD_SECONDS), randomBytes(48));
  const servers = await Promise.all(
    Array.from({ length: ENDPOINTS }, () => startDrandServer(drand, { now })),
  );
  const beacon = {
    drand: {
      ...{ delay: DELAY_SECONDS, drandGenesis: genesis, period: PERIOD_SECONDS },
      publicKey: bytesToHex(drand.chain.publicKey),
    },
  };
  return { servers, beacon };
}
