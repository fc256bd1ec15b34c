/** Whether a payout is worth its gas, by what the operator says a token is worth. */
const WHOLE_TOKEN = 10n ** 18n;

export interface WorthQuestion {
  /** In the token's smallest unit. */
  readonly payout: bigint;
  readonly gas: bigint;
  /** Wei that a unit of gas probably costs. */
  readonly gasPrice: bigint;
  /** Wei of the chain's coin for one whole token. */
  readonly tokenPrice: bigint;
}

/** True when the payout is worth at least what its gas costs. */
export function coversGas({ payout, gas, gasPrice, tokenPrice }: WorthQuestion): boolean {
  return payout * tokenPrice >= gas * gasPrice * WHOLE_TOKEN;
}
