/** The chain's port over one JSON-RPC endpoint. */
import { WaybillError } from "../../core/errors.ts";
import type { Hex } from "../../core/bytes.ts";
import { address, type Address } from "../../core/units.ts";
import type { ContractCalls } from "../../ports/calls.ts";
import type {
  Agreement,
  Block,
  BroadcastResult,
  Call,
  Chain,
  ChainHealth,
  ChainReads,
  ChainSource,
  FeeQuote,
  Receipt,
  RevertReason,
} from "../../ports/chain.ts";
import type { ChainEvent, ChainRecord } from "../../ports/events.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { CallDescription, Rehearsal, Sum } from "../../ports/rehearsal.ts";
import { Answer, toBig, toBlock, toHex, toList, toLog, type RawLog } from "./answers.ts";
import { contractCalls } from "./calls.ts";
import { toEvent } from "./events.ts";
import {
  beaconInterface,
  channelsInterface,
  lotteryInterface,
  registryInterface,
} from "./interfaces.ts";
import { describeCall } from "./describe.ts";
import { HttpRpc, unreachable, type JsonRpc, type JsonRpcOptions } from "./json-rpc.ts";
import { LogDecoder } from "./log-decoder.ts";
import { readParams } from "./params.ts";
import { refusalOf } from "./refusals.ts";
import { chainReads } from "./reads.ts";
import { Rehearser } from "./rehearser.ts";
import { revertOf } from "./reverts.ts";
import { WebSocketRpc } from "./web-socket-rpc.ts";

export interface EthersChainOptions extends JsonRpcOptions {
  /** The deployment: all other contracts are found from this one. */
  readonly channels: Address;
}

/**
 * Connects to the contracts behind `options.channels`.
 * Rejects with CHAIN_UNREACHABLE while the endpoint does not answer, with CHAIN_NO_CONTRACTS when there is no
 * contract at the address, and with CHAIN_ABI_MISMATCH when it is another one.
 */
export async function connectChain(options: EthersChainOptions): Promise<EthersChain> {
  const rpc = /^wss?:/.test(options.url) ? new WebSocketRpc(options) : new HttpRpc(options);
  try {
    return new EthersChain(rpc, await readParams(rpc, options.channels));
  } catch (error) {
    rpc.close();
    throw error;
  }
}

/**
 * Newest blocks of a range whose events are asked for by the hash of the block: a node that does not have the block
 * refuses, while a range is answered with what there is. Endpoints that are several machines do both at times.
 */
const BY_HASH = 4;

const registryLogs = new LogDecoder(registryInterface);
const channelsLogs = new LogDecoder(channelsInterface);
const beaconLogs = new LogDecoder(beaconInterface);
const lotteryLogs = new LogDecoder(lotteryInterface);

export class EthersChain implements Chain {
  readonly calls: ContractCalls;
  readonly reads: ChainReads;
  readonly #rpc: JsonRpc;
  readonly #params: NetworkParams;
  readonly #rehearser: Rehearser;

  constructor(rpc: JsonRpc, params: NetworkParams) {
    this.#rpc = rpc;
    this.#params = params;
    this.calls = contractCalls(params);
    this.reads = chainReads(rpc, params);
    this.#rehearser = new Rehearser(rpc, params);
  }

  params(): Promise<NetworkParams> {
    return Promise.resolve(this.#params);
  }

  async head(): Promise<Block> {
    const told = this.#rpc.toldHead();
    return toBlock(told ?? (await this.#rpc.get("eth_getBlockByNumber", ["latest", false])));
  }

  async block(number: number): Promise<Block | undefined> {
    const block = await this.#rpc.get("eth_getBlockByNumber", [quantity(number), false]);
    return block === null ? undefined : toBlock(block);
  }

  async events(from: number, to: number): Promise<readonly ChainRecord[]> {
    const newest = Math.max(from, to - BY_HASH + 1);
    const records: ChainRecord[] = [];
    if (newest > from)
      records.push(
        ...(await this.#logs({ fromBlock: quantity(from), toBlock: quantity(newest - 1) })),
      );
    for (let number = newest; number <= to; number++) {
      const block = await this.block(number);
      if (block === undefined) break;
      const told = await this.#logs({ blockHash: block.hash });
      if (told.some(({ blockHash }) => blockHash !== block.hash))
        throw unreachable("logs", "events of another block");
      records.push(...told);
    }
    if (records.some(({ blockNumber }) => blockNumber < from || blockNumber > to))
      throw unreachable("logs", "events of another block");
    return records;
  }

  async nonce(account: Address, at: number | "pending"): Promise<number> {
    const block = at === "pending" ? at : quantity(at);
    return Number(toBig("nonce", await this.#rpc.get("eth_getTransactionCount", [account, block])));
  }

  async #logs(range: Readonly<Record<string, string>>): Promise<ChainRecord[]> {
    const { registry, channels, beacon, lottery } = this.#params;
    const address = [registry, channels, beacon, ...(lottery ? [lottery.address] : [])];
    const logs = await this.#rpc.get("eth_getLogs", [{ ...range, address }]);
    return this.#records(toList("logs", logs));
  }

  async fees(): Promise<FeeQuote> {
    const head = new Answer(
      "block",
      await this.#rpc.get("eth_getBlockByNumber", ["latest", false]),
    );
    const tip = toBig("tip", await this.#rpc.get("eth_maxPriorityFeePerGas", []));
    const base = head.big("baseFeePerGas");
    // The base fee can double in six full blocks; what is not needed is not paid.
    return { maxPriorityFeePerGas: tip, maxFeePerGas: 2n * base + tip, expected: base + tip };
  }

  async estimateGas(from: Address, call: Call): Promise<bigint> {
    return toBig("gas", await this.#run("eth_estimateGas", from, call, "pending"));
  }

  async simulate(from: Address, call: Call): Promise<Hex> {
    return toHex("result", await this.#run("eth_call", from, call, "pending"));
  }

  describe(call: Call): CallDescription {
    return describeCall(this.#params, call);
  }

  rehearse(
    from: Address,
    calls: readonly Call[],
    sums: readonly Sum[],
  ): Promise<Rehearsal | undefined> {
    return this.#rehearser.rehearse(from, calls, sums);
  }

  async broadcast(raw: Hex): Promise<BroadcastResult> {
    const answer = await this.#rpc.ask("eth_sendRawTransaction", [raw]);
    return answer.ok ? { status: "accepted" } : refusalOf(answer.failure);
  }

  async receipt(hash: Hex): Promise<Receipt | undefined> {
    const found = await this.#rpc.get("eth_getTransactionReceipt", [hash]);
    if (found === null) return undefined;
    const receipt = new Answer("receipt", found);
    return {
      hash,
      blockNumber: receipt.number("blockNumber"),
      blockHash: receipt.hex("blockHash"),
      success: receipt.big("status") === 1n,
      gasUsed: receipt.big("gasUsed"),
      gasPrice: receipt.big("effectiveGasPrice"),
      records: this.#records(receipt.list("logs")),
    };
  }

  /** Runs the failed transaction once more on the state before its block, which is near enough to name the reason. */
  async revertReason(hash: Hex): Promise<RevertReason | undefined> {
    const found = await this.#rpc.get("eth_getTransactionByHash", [hash]);
    if (found === null) return undefined;
    const transaction = new Answer("transaction", found);
    const { from, to, input, value, gas, blockNumber } = {
      from: transaction.hex("from"),
      to: transaction.hex("to"),
      input: transaction.hex("input"),
      value: transaction.get("value"),
      gas: transaction.get("gas"),
      blockNumber: transaction.number("blockNumber"),
    };
    const answer = await this.#rpc.ask("eth_call", [
      { from, to, data: input, value, gas },
      quantity(blockNumber - 1),
    ]);
    return answer.ok ? undefined : revertOf(answer.failure);
  }

  /** There is one endpoint only. */
  async agreed<T>(
    _topic: string,
    question: (endpoint: ChainSource) => Promise<T | undefined>,
  ): Promise<Agreement<T>> {
    const value = await question(this);
    return value === undefined ? { state: "unknown" } : { state: "agreed", value };
  }

  /** Whoever asks sees for itself whether it answers. */
  health(): ChainHealth {
    return {
      endpoints: [
        {
          ...{ place: 1, state: "well", inUse: true, head: undefined, latency: undefined },
          ...{ asked: 0, failed: 0 },
        },
      ],
      disputes: [],
    };
  }

  onHead(listener: () => void): () => void {
    return this.#rpc.onHead(listener);
  }

  close(): Promise<void> {
    this.#rpc.close();
    return Promise.resolve();
  }

  async #run(method: string, from: Address, call: Call, block: string): Promise<unknown> {
    const answer = await this.#rpc.ask(method, [
      { from, to: call.to, data: call.data, value: quantity(call.value ?? 0n) },
      block,
    ]);
    if (answer.ok) return answer.result;
    const reason = revertOf(answer.failure);
    if (reason === undefined)
      throw new WaybillError("CHAIN_CALL_FAILED", { what: method, got: answer.failure.message });
    throw new WaybillError("CHAIN_REVERTED", {
      got: `${reason.name}(${reason.args.join(", ")})`,
      cause: reason,
    });
  }

  #records(values: readonly unknown[]): ChainRecord[] {
    return values
      .map(toLog)
      .flatMap((log) => this.#record(log))
      .sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
  }

  #record(log: RawLog): ChainRecord[] {
    const contract = address(log.address);
    const event = this.#event(contract, log);
    if (event === undefined) return [];
    const { blockNumber, blockHash, logIndex } = log;
    return [{ blockNumber, blockHash, logIndex, contract, event }];
  }

  #event(contract: Address, { topics, data }: RawLog): ChainEvent | undefined {
    try {
      const named = this.#decoderOf(contract)?.decode({ topics, data });
      return named === undefined ? undefined : toEvent(named);
    } catch (cause) {
      throw new WaybillError("CHAIN_ABI_MISMATCH", { what: `an event of ${contract}`, cause });
    }
  }

  #decoderOf(contract: Address): LogDecoder | undefined {
    const { registry, channels, beacon, lottery } = this.#params;
    if (contract === registry) return registryLogs;
    if (contract === channels) return channelsLogs;
    if (contract === lottery?.address) return lotteryLogs;
    return contract === beacon ? beaconLogs : undefined;
  }
}

const quantity = (value: number | bigint): string => `0x${value.toString(16)}`;
