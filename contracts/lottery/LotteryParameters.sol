// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ICoverLottery} from "../interfaces/ICoverLottery.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {IRandomnessBeacon} from "../interfaces/IRandomnessBeacon.sol";
import {IRelayRegistry} from "../interfaces/IRelayRegistry.sol";
import {IRewardSource} from "../interfaces/IRewardSource.sol";
import {EpochClock, Epochs} from "../libraries/Epochs.sol";

/// @title LotteryParameters
/// @notice What a deployment fixes for ever, checked against each other and against the other contracts.
abstract contract LotteryParameters is ICoverLottery {
    /// @dev Claimed draws of an epoch are bits of one word, beside the epoch's number.
    uint256 private constant MOST_DRAWS = 224;
    uint256 private constant MOST_SLOTS = type(uint16).max;
    /// @dev Two epochs at least, so that a claim has a whole one.
    uint256 private constant LEAST_WINDOW = 2;
    /// @dev Three exponential delays in a row sum up to more than 20 means once in two million times.
    uint256 private constant ROUTE_MEANS = 20;
    /// @dev With fewer, a layer may have nobody beside the sender.
    uint256 internal constant LEAST_RELAYS = 6;

    IRelayRegistry internal immutable REGISTRY;
    IRandomnessBeacon internal immutable BEACON;
    IPaymentChannels internal immutable CHANNELS;
    IRewardSource internal immutable REWARDS;
    IERC20 internal immutable TOKEN;
    EpochClock internal immutable CLOCK;
    uint32 internal immutable SLOTS;
    uint32 internal immutable DRAWS;
    uint32 internal immutable CLAIM_WINDOW;
    uint32 internal immutable ROUTE_SPAN;
    uint32 internal immutable TIME_TOLERANCE;
    uint128 internal immutable SENDER_REWARD;
    uint128 internal immutable HOP_REWARD;
    uint32 internal immutable MISSES_ALLOWED;

    /// @inheritdoc ICoverLottery
    uint32 public immutable override ringLength;
    /// @inheritdoc ICoverLottery
    uint32 public immutable override firstEpoch;

    constructor(Parameters memory given) {
        _checkContracts(given);
        (uint64 genesis, uint32 epochLength, uint32 eraLength) = given.registry.clock();
        CLOCK = Epochs.create(genesis, epochLength, eraLength);
        _checkNumbers(given, epochLength, eraLength);

        REGISTRY = given.registry;
        BEACON = given.registry.beacon();
        CHANNELS = given.channels;
        REWARDS = given.rewards;
        TOKEN = given.rewards.token();
        SLOTS = given.slots;
        DRAWS = given.draws;
        CLAIM_WINDOW = given.claimWindow;
        ROUTE_SPAN = given.routeSpan;
        TIME_TOLERANCE = given.timeTolerance;
        SENDER_REWARD = given.senderReward;
        HOP_REWARD = given.hopReward;
        MISSES_ALLOWED = given.missesAllowed;
        // A commitment outlives its era, and the claims and reports that need it.
        ringLength = eraLength + given.claimWindow + 2;
        firstEpoch = block.timestamp < genesis ? 0 : CLOCK.current() + 1;
    }

    /// @inheritdoc ICoverLottery
    function parameters() external view override returns (Parameters memory) {
        return
            Parameters({
                registry: REGISTRY,
                channels: CHANNELS,
                rewards: REWARDS,
                slots: SLOTS,
                draws: DRAWS,
                claimWindow: CLAIM_WINDOW,
                routeSpan: ROUTE_SPAN,
                timeTolerance: TIME_TOLERANCE,
                senderReward: SENDER_REWARD,
                hopReward: HOP_REWARD,
                missesAllowed: MISSES_ALLOWED
            });
    }

    /// @return The beacon that fixes cover of `epoch`.
    function _seedOf(uint32 epoch) internal view returns (bytes32) {
        bytes32 seed = epoch == 0 ? bytes32(0) : BEACON.beaconAt(epoch - 1);
        if (seed == 0) revert CoverLottery_NoSeed(epoch);
        return seed;
    }

    /// @return N, number of relays that were active in `era`.
    function _relaysIn(uint32 era) internal view returns (uint256) {
        uint256 count = REGISTRY.relayCount(era);
        if (count < LEAST_RELAYS) revert CoverLottery_TooFewRelays(count, LEAST_RELAYS);
        return count;
    }

    function _checkContracts(Parameters memory given) private view {
        _requireCode(address(given.registry));
        _requireCode(address(given.channels));
        _requireCode(address(given.rewards));
        address registry = address(given.channels.registry());
        if (registry != address(given.registry))
            revert CoverLottery_OtherRegistry(registry, address(given.registry));
        address token = address(given.channels.token());
        address paid = address(given.rewards.token());
        if (paid != token) revert CoverLottery_OtherToken(paid, token);
        address bonded = address(given.registry.token());
        if (bonded != token) revert CoverLottery_OtherToken(bonded, token);
    }

    function _checkNumbers(
        Parameters memory given,
        uint256 epochLength,
        uint256 eraLength
    ) private view {
        if (given.slots == 0 || given.slots > MOST_SLOTS)
            revert CoverLottery_SlotsOutOfRange(given.slots, 1, MOST_SLOTS);
        if (given.draws == 0 || given.draws > MOST_DRAWS)
            revert CoverLottery_DrawsOutOfRange(given.draws, 1, MOST_DRAWS);

        uint256 longest = given.registry.settlementWindow() - 1;
        if (given.claimWindow < LEAST_WINDOW || given.claimWindow > longest)
            revert CoverLottery_ClaimWindowOutOfRange(given.claimWindow, LEAST_WINDOW, longest);

        uint256 millis = ROUTE_MEANS * given.channels.meanDelayMillis();
        uint256 shortest = (millis + 999) / 1_000;
        if (given.routeSpan < shortest || given.routeSpan >= epochLength)
            revert CoverLottery_RouteSpanOutOfRange(given.routeSpan, shortest, epochLength - 1);
        if (given.timeTolerance > epochLength / 4)
            revert CoverLottery_ToleranceOutOfRange(given.timeTolerance, 0, epochLength / 4);

        if (given.senderReward == 0 || given.hopReward == 0)
            revert CoverLottery_RewardZero(given.senderReward, given.hopReward);
        if (given.missesAllowed >= eraLength)
            revert CoverLottery_MissesOutOfRange(given.missesAllowed, 0, eraLength - 1);
    }

    function _requireCode(address account) private view {
        if (account.code.length == 0) revert CoverLottery_NoContract(account);
    }
}
