// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PaymentChannels} from "../../../contracts/PaymentChannels.sol";
import {RelayRegistry} from "../../../contracts/RelayRegistry.sol";
import {BlockhashBeacon} from "../../../contracts/beacons/BlockhashBeacon.sol";
import {ICoverLottery} from "../../../contracts/interfaces/ICoverLottery.sol";
import {IERC20Burnable} from "../../../contracts/interfaces/IERC20Burnable.sol";
import {IPaymentChannels} from "../../../contracts/interfaces/IPaymentChannels.sol";
import {IRelayRegistry} from "../../../contracts/interfaces/IRelayRegistry.sol";
import {MintingRewards} from "../../../contracts/rewards/MintingRewards.sol";
import {WaybillToken} from "../../../contracts/token/WaybillToken.sol";
import {LotteryHarness} from "./LotteryHarness.sol";

/// @title LotteryWorld
/// @notice A whole network of free packets: from the token, which mints rewards, to the lottery, connected.
contract LotteryWorld {
    uint64 internal constant GENESIS = 1;
    uint32 internal constant EPOCH_LENGTH = 100;
    uint32 internal constant ERA_LENGTH = 3;
    uint32 internal constant WINDOW = 3;
    uint32 internal constant CLAIM_WINDOW = 2;
    uint32 internal constant SLOTS = 3;
    uint32 internal constant DRAWS = 6;
    uint32 internal constant MISSES_ALLOWED = 1;
    uint128 internal constant SENDER_REWARD = 70;
    uint128 internal constant HOP_REWARD = 11;
    uint128 internal constant CLAIM_REWARD = SENDER_REWARD + 3 * HOP_REWARD;
    /// @dev Three claims an epoch: fewer than are drawn.
    uint128 internal constant MINT_CAP = 330;
    uint256 internal constant BATCH = 150;
    uint256 internal constant SUPPLY = 10 ** 24;

    WaybillToken public token;
    BlockhashBeacon public beacon;
    RelayRegistry public registry;
    PaymentChannels public channels;
    MintingRewards public rewards;
    LotteryHarness public lottery;

    function _build() internal {
        token = new WaybillToken(address(this), SUPPLY, MINT_CAP, GENESIS, EPOCH_LENGTH);
        beacon = new BlockhashBeacon(GENESIS, EPOCH_LENGTH, 1);
        registry = new RelayRegistry(
            IRelayRegistry.Parameters({
                token: token,
                beacon: beacon,
                genesis: GENESIS,
                epochLength: EPOCH_LENGTH,
                eraLength: ERA_LENGTH,
                bond: 1_000,
                settlementWindow: WINDOW,
                unbondingEpochs: WINDOW + 1
            })
        );
        channels = new PaymentChannels(
            IPaymentChannels.Parameters({
                token: IERC20Burnable(address(token)),
                registry: registry,
                netFee: 0,
                burnShareBps: 0,
                winProb: 0,
                redemptionWindow: WINDOW,
                noticePeriod: (WINDOW + 2) * EPOCH_LENGTH + 1,
                meanDelayMillis: 600
            })
        );
        rewards = new MintingRewards(token, BATCH);
        lottery = new LotteryHarness(
            ICoverLottery.Parameters({
                registry: registry,
                channels: channels,
                rewards: rewards,
                slots: SLOTS,
                draws: DRAWS,
                claimWindow: CLAIM_WINDOW,
                routeSpan: 20,
                timeTolerance: 5,
                senderReward: SENDER_REWARD,
                hopReward: HOP_REWARD,
                missesAllowed: MISSES_ALLOWED
            })
        );
        token.appointMinter(address(rewards));
        rewards.connectLottery(address(lottery));
        registry.connectLottery(address(lottery));
    }
}
