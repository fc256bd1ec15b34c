/** The League of Entropy's public chain quicknet: a round every three seconds since 2023-08-23. */
import { hexToBytes } from "../bytes.ts";
import { seconds } from "../units.ts";
import type { DrandChain } from "./chain.ts";

export const QUICKNET: DrandChain = {
  genesis: seconds(1_692_803_367),
  period: seconds(3),
  publicKey: hexToBytes(
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451" +
      "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
  ),
};
