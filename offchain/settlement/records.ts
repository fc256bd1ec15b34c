/** Events between the chain's port and the store's: what is stored reads back as the very same event. */
import { WaybillError } from "../core/errors.ts";
import type { ChainEvent, ChainRecord } from "../ports/events.ts";
import type { StoredEvent } from "../ports/chain-store.ts";

/** The fields of events that hold a bigint; JSON knows none, so they are kept as decimal text. */
type BigintField = {
  [Kind in ChainEvent["kind"]]: Extract<ChainEvent, { kind: Kind }> extends infer Event
    ? { [Field in keyof Event]: Event[Field] extends bigint ? Field : never }[keyof Event]
    : never;
}[ChainEvent["kind"]];

const BIGINT_FIELDS: Record<BigintField, true> = {
  balance: true,
  added: true,
  returned: true,
  paid: true,
  unpaid: true,
  amount: true,
  credited: true,
  burned: true,
  allowance: true,
};

export function toStored(record: ChainRecord): StoredEvent {
  const { kind, ...args } = record.event;
  return {
    blockNumber: record.blockNumber,
    blockHash: record.blockHash,
    logIndex: record.logIndex,
    contract: record.contract,
    name: kind,
    args: JSON.stringify(args, (_, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    ),
  };
}

/** Throws CHAIN_STORE_DAMAGED when the text is none that `toStored` wrote. */
export function fromStored(stored: StoredEvent): ChainRecord {
  try {
    const args = JSON.parse(stored.args, (field, value: unknown) =>
      Object.hasOwn(BIGINT_FIELDS, field) ? BigInt(String(value)) : value,
    ) as object;
    return {
      blockNumber: stored.blockNumber,
      blockHash: stored.blockHash as ChainRecord["blockHash"],
      logIndex: stored.logIndex,
      contract: stored.contract as ChainRecord["contract"],
      event: { kind: stored.name, ...args } as ChainEvent,
    };
  } catch (cause) {
    throw new WaybillError("CHAIN_STORE_DAMAGED", { what: stored.name, cause });
  }
}
