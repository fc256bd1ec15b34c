/** What the compiler made of a contract, and where in its code the constructor's values stand. */
import { readFile } from "node:fs/promises";

import hre from "hardhat";
import type { InterfaceAbi } from "ethers";

import { type Hex, hexToBytes } from "../offchain/core/bytes.ts";

export interface Immutable {
  /** As the source has it: "ChannelParameters.noticePeriod". */
  readonly name: string;
  /** Solidity's: "uint32", "address", "contract IERC20", "EpochClock". */
  readonly type: string;
  /** First bytes of the 32-byte words in the code that hold its value. */
  readonly places: readonly number[];
}

export interface Compiled {
  readonly name: string;
  /** Name of the source as the compiler was given it. */
  readonly source: string;
  readonly abi: InterfaceAbi;
  /** What creates the contract, constructor arguments to follow. */
  readonly creation: Hex;
  /** What lies at its address, with zeros in place of immutables. */
  readonly runtime: Uint8Array;
  readonly immutables: readonly Immutable[];
  readonly buildInfo: string;
}

/** Immutables of every source, by the compiler's number for their declaration. */
type Declarations = ReadonlyMap<string, Pick<Immutable, "name" | "type">>;

const declarationsOf = new Map<string, Promise<Declarations>>();

/** The contract of this name as it is compiled now. */
export async function compiled(name: string): Promise<Compiled> {
  const artifact = await hre.artifacts.readArtifact(name);
  const buildInfo = artifact.buildInfoId ?? "";
  const reading = declarationsOf.get(buildInfo) ?? readDeclarations(buildInfo);
  declarationsOf.set(buildInfo, reading);
  const declarations = await reading;
  const immutables = Object.entries(artifact.immutableReferences ?? {}).map(([id, places]) => ({
    ...(declarations.get(id) ?? { name: `immutable ${id}`, type: "uint256" }),
    places: places.map(({ start }) => start),
  }));
  return {
    name,
    source: artifact.inputSourceName ?? artifact.sourceName,
    abi: artifact.abi as InterfaceAbi,
    creation: artifact.bytecode as Hex,
    runtime: hexToBytes(artifact.deployedBytecode),
    immutables,
    buildInfo,
  };
}

interface AstNode {
  readonly nodeType: string;
  readonly id: number;
  readonly name?: string;
  readonly mutability?: string;
  readonly nodes?: readonly AstNode[];
  readonly typeDescriptions?: { readonly typeString?: string };
}

interface CompilerOutput {
  readonly output: { readonly sources: Readonly<Record<string, { readonly ast: AstNode }>> };
}

async function readDeclarations(buildInfo: string): Promise<Declarations> {
  const path = await hre.artifacts.getBuildInfoOutputPath(buildInfo);
  if (path === undefined) throw new Error(`the compiler's output ${buildInfo} is gone`);
  const { output } = JSON.parse(await readFile(path, "utf8")) as CompilerOutput;
  const contracts = Object.values(output.sources)
    .flatMap(({ ast }) => ast.nodes ?? [])
    .filter(({ nodeType }) => nodeType === "ContractDefinition");
  return new Map(
    contracts.flatMap((contract) =>
      (contract.nodes ?? [])
        .filter(({ mutability }) => mutability === "immutable")
        .map(({ id, name, typeDescriptions }) => [
          String(id),
          {
            name: `${contract.name ?? ""}.${name ?? ""}`,
            type: typeDescriptions?.typeString ?? "uint256",
          },
        ]),
    ),
  );
}
